#include "result/profile_json.h"

#include <cmath>

namespace loadstone::result {
namespace {

constexpr const char* kSchema = "https://www.speedscope.app/file-format-schema.json";

// Indices of frames that are there, none of them too many.
bool read_stack(const Json& json, std::size_t frames, std::size_t& room, std::vector<std::uint32_t>& to) {
  if (!json.is_array() || json.size() > room) return false;
  room -= json.size();
  for (const Json& index : json) {
    if (!index.is_number_unsigned() || index.get<std::uint64_t>() >= frames) return false;
    to.push_back(index.get<std::uint32_t>());
  }
  return true;
}

}  // namespace

Json to_json(const StackProfile& profile) {
  Json frames = Json::array(), samples = Json::array(), weights = Json::array();
  for (const std::string& name : profile.frames) frames.push_back({{"name", name}});
  double end = 0;
  for (const auto& sampled : profile.stacks) {
    samples.push_back(sampled.stack);
    weights.push_back(sampled.seconds);
    end += sampled.seconds;
  }
  Json part = {{"type", "sampled"}, {"name", profile.method}, {"unit", "seconds"},
               {"startValue", 0},   {"endValue", end},        {"samples", std::move(samples)}};
  part["weights"] = std::move(weights);
  return {
      {"$schema", kSchema}, {"shared", {{"frames", std::move(frames)}}}, {"profiles", Json::array({std::move(part)})}};
}

Result<StackProfile> profile_from(const Json& json, const std::string& path) {
  StackProfile profile;
  Fields fields(json, path);
  Fields shared(fields.need("shared"), path + ".shared");
  const Json& frames = shared.need("frames");
  const Json& parts = fields.need("profiles");
  if (!fields.status()) return fail(fields.status().error());
  if (!shared.status()) return fail(shared.status().error());
  if (!frames.is_array() || frames.size() > kMostProfileFrames)
    return fail(ErrorCode::kInvalid, path + ".shared.frames: expected a list, not too long");
  for (const Json& frame : frames) {
    Fields f(frame, path + ".shared.frames");
    f.need("name");
    f.read("name", profile.frames.emplace_back());
    if (!f.status()) return fail(f.status().error());
  }
  if (!parts.is_array() || parts.size() != 1) return fail(ErrorCode::kInvalid, path + ".profiles: expected one");
  Fields part(parts[0], path + ".profiles");
  part.read("name", profile.method);
  const Json& samples = part.need("samples");
  const Json& weights = part.need("weights");
  if (!part.status()) return fail(part.status().error());
  bool good = samples.is_array() && weights.is_array() && samples.size() == weights.size();
  std::size_t room = kMostProfileFrames;
  for (std::size_t i = 0; good && i < samples.size(); ++i) {
    auto& sampled = profile.stacks.emplace_back();
    good = read_stack(samples[i], profile.frames.size(), room, sampled.stack) && weights[i].is_number();
    if (good) sampled.seconds = weights[i].get<double>();
    good = good && std::isfinite(sampled.seconds) && sampled.seconds >= 0;
  }
  if (!good)
    return fail(ErrorCode::kInvalid,
                path + ".profiles: expected stacks of frames that are listed, each with its weight");
  return profile;
}

}  // namespace loadstone::result
