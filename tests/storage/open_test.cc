#include "storage/open.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/testing/matchers.h"
#include "tests/testing/study_image.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using testing::HasSubstr;

TEST(OpenDatastore, OpensEveryKind) {
  const TempDir folder;
  for (const std::string& address :
       {std::string("memory:"), "sqlite:" + folder.File("a.db"),
        "sqlite:" + folder.File("a.db") + "?synchronous=normal",
        "sqlite:" + folder.File("a.db") + "?synchronous=full"}) {
    SCOPED_TRACE(address);
    ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store,
                         OpenDatastore(address));
    EXPECT_OK(ApplyNow(*store, CreateStudy({"me", "digits"})));
    EXPECT_OK(LoadImage(*store, {"me", "digits"}));
  }
  EXPECT_TRUE(std::filesystem::exists(folder.File("a.db")));
}

TEST(OpenDatastore, SaysWhatIsWrongWithAnAddress) {
  const auto refused = [](const std::string& why) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why));
  };
  const std::string kinds = "is not memory: or sqlite:FILE";
  EXPECT_THAT(OpenDatastore(""), refused(kinds));
  EXPECT_THAT(OpenDatastore("memory"), refused(kinds));
  EXPECT_THAT(OpenDatastore("memory:x"), refused(kinds));
  EXPECT_THAT(OpenDatastore("postgres://x"),
              refused("store \"postgres://x\": " + kinds));
  EXPECT_THAT(OpenDatastore("sqlite:"), refused("names no file"));
  EXPECT_THAT(OpenDatastore("sqlite:?synchronous=full"),
              refused("names no file"));
  EXPECT_THAT(OpenDatastore("sqlite:a.db?synchronus=full"),
              refused("no option \"synchronus\"; did you mean "
                      "\"synchronous\"?"));
  EXPECT_THAT(OpenDatastore("sqlite:a.db?synchronous=off"),
              refused("synchronous is \"off\", not full or normal"));
  EXPECT_FALSE(std::filesystem::exists("a.db"));
}

}  // namespace
}  // namespace apogee
