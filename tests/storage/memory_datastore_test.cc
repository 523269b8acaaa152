#include "storage/memory/memory_datastore.h"

#include "tests/conformance/datastore_conformance.h"

namespace apogee {
namespace {

INSTANTIATE_TEST_SUITE_P(Memory, DatastoreConformance,
                         testing::Values(DatastoreEngine{
                             .name = "Memory",
                             .open = [](const std::string& /*folder*/)
                                 -> absl::StatusOr<std::unique_ptr<Datastore>> {
                               return std::make_unique<MemoryDatastore>();
                             },
                             .survives_restart = false}));

}  // namespace
}  // namespace apogee
