// YamlNode::Parse on yaml-cpp's events. Its exceptions end here.
#include <exception>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/stubs/common.h"
#include "proto/print.h"
#include "proto/yaml.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace apogee {
namespace {

constexpr size_t kMaxBytes = size_t{4} << 20;
constexpr int kMaxNodes = 200'000;
constexpr size_t kMaxDepth = 24;

absl::Status LineError(int line, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(line, ": ", message));
}

// Builds the tree; after the first error it ignores what follows.
class TreeBuilder final : public YAML::EventHandler {
 public:
  absl::StatusOr<YamlNode> Take() && {
    RETURN_IF_ERROR(status_);
    return std::move(root_);
  }
  bool failed() const { return !status_.ok(); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) Fail(mark, "a second document; keep one per file");
  }
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    Fail(mark, "anchors (&) are not supported; write the value out");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Fail(mark, "aliases (*) are not supported; write the value out");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (Value(mark, "?")) Add(NewNode(mark, YamlNode::Kind::kNull));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    if (!failed() && AtKey()) {
      SetKey(mark, value);
    } else if (Value(mark, tag)) {
      YamlNode node = NewNode(mark, YamlNode::Kind::kText);
      node.text = value;
      node.quoted = tag != "?";
      Add(std::move(node));
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(mark, tag, YamlNode::Kind::kList);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(mark, tag, YamlNode::Kind::kMap);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  // A list or map whose end has not come yet.
  struct OpenNode {
    YamlNode node;
    std::set<std::string> keys;
    std::optional<std::string> key;  // of the map's next value
    int key_line = 1;
  };

  void Fail(const YAML::Mark& mark, absl::string_view message) {
    if (!failed()) status_ = LineError(mark.line + 1, message);
  }

  bool AtKey() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::kMap &&
           !open_.back().key.has_value();
  }

  void SetKey(const YAML::Mark& mark, const std::string& key) {
    OpenNode& map = open_.back();
    if (!map.keys.insert(key).second) {
      Fail(mark, absl::StrCat("key ", Quoted(key),
                              " stands twice in the same map; keep one"));
    }
    map.key = key;
    map.key_line = mark.line + 1;
  }

  // Whether a node with `tag` may stand here.
  bool Value(const YAML::Mark& mark, const std::string& tag) {
    if (AtKey()) Fail(mark, "a key must be text; put it in quotes");
    if (tag != "?" && tag != "!" && !tag.empty()) {
      Fail(mark, absl::StrCat("tags (", Quoted(tag),
                              ") are not supported; remove it"));
    }
    if (++nodes_ > kMaxNodes) {
      Fail(mark, absl::StrCat("more than ", kMaxNodes, " values"));
    }
    return !failed();
  }

  YamlNode NewNode(const YAML::Mark& mark, YamlNode::Kind kind) const {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    if (open_.empty()) return node;
    const OpenNode& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      node.path =
          absl::StrCat(parent.node.path, "[", parent.node.children.size(), "]");
      return node;
    }
    node.key = *parent.key;
    node.line = parent.key_line;
    // Without the quotes.
    const std::string shown = Quoted(node.key);
    node.path =
        absl::StrCat(parent.node.path, parent.node.path.empty() ? "" : ".",
                     shown.substr(1, shown.size() - 2));
    return node;
  }

  void Add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    open_.back().node.children.push_back(std::move(node));
    open_.back().key.reset();
  }

  void Open(const YAML::Mark& mark, const std::string& tag,
            YamlNode::Kind kind) {
    if (!Value(mark, tag)) return;
    if (open_.size() >= kMaxDepth) {
      Fail(mark, absl::StrCat("nested deeper than ", kMaxDepth, " levels"));
      return;
    }
    OpenNode open;
    open.node = NewNode(mark, kind);
    open_.push_back(std::move(open));
  }

  void Close() {
    if (failed()) return;
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(node));
  }

  absl::Status status_;
  int documents_ = 0;
  int nodes_ = 0;
  std::vector<OpenNode> open_;
  YamlNode root_;
};

absl::Status CheckText(absl::string_view text) {
  if (text.size() > kMaxBytes) {
    return LineError(
        1, absl::StrCat("the file has ", text.size(), " bytes; at most ",
                        kMaxBytes, " are read"));
  }
  int line = 1;
  for (const char c : text) {
    if (c == '\n') ++line;
    const bool control = static_cast<unsigned char>(c) < ' ';
    if (control && c != '\n' && c != '\r' && c != '\t') {
      return LineError(
          line, absl::StrCat("control character ",
                             Quoted(absl::string_view(&c, 1)), "; remove it"));
    }
  }
  if (!google::protobuf::internal::IsStructurallyValidUTF8(
          text.data(), static_cast<int>(text.size()))) {
    return LineError(1, "the file is not UTF-8 text; save it as UTF-8");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<YamlNode> YamlNode::Parse(absl::string_view text) {
  RETURN_IF_ERROR(CheckText(text));
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder) && !builder.failed()) {
    }
  } catch (const YAML::Exception& error) {
    // Comes before what the builder may have made of the broken text.
    return LineError(error.mark.line + 1,
                     absl::StrCat("not valid YAML: ", error.msg));
  } catch (const std::exception& error) {
    return LineError(1, absl::StrCat("not valid YAML: ", error.what()));
  }
  return std::move(builder).Take();
}

}  // namespace apogee
