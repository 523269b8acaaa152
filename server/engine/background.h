#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "algorithms/background.h"
#include "apogee/v1/options.pb.h"
#include "apogee/v1/regressor.pb.h"
#include "proto/names.h"
#include "server/engine/regressors.h"
#include "storage/study_reader.h"
#include "vizier/study.pb.h"

namespace apogee {

// What a new study is told of others: the studies that its options name, the
// most similar ones of its owner that are shared for training, and the
// regressor that it is to work with. Blocks for some seconds at most.
// NOT_FOUND         a study or regressor that the options name does not exist
// INVALID_ARGUMENT  such a study is another owner's, has too few trials, or
//                   they hold too much together
absl::StatusOr<apogee::v1::StudyBackground> GatherBackground(
    StudyReader& reader, const StudyName& name, const vizier::StudySpec& spec,
    const apogee::v1::StudyOptions& options);

// As algorithms read it. A regressor that is not there any more is left out;
// without `regressors` every one is. Blocks.
// INVALID_ARGUMENT  a number is not finite
// DATA_LOSS         a stored regressor is damaged
absl::StatusOr<std::shared_ptr<const Background>> ReadBackground(
    const apogee::v1::StudyBackground& proto, Regressors* regressors);

// Both together, for the options that the spec has. The study works with the
// remote regressor if there is one and the options do not decline it.
// NOT_FOUND         also: the options want a remote regressor, and there is
// none
absl::StatusOr<std::shared_ptr<const Background>> MakeBackground(
    StudyReader& reader, const StudyName& name, const vizier::StudySpec& spec,
    Regressors* regressors);

apogee::v1::StudyBackground ToProto(const StudyName& name,
                                    const Background& background);

}  // namespace apogee
