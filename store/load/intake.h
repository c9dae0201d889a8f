// An image on its way into the store, once it is known what it is made of: the layers that are not here are taken in,
// then one transaction publishes all of it. What load and pull share; the steps are an import's (../README.md), with
// several layers in one draft.
#pragma once

#include <functional>
#include <optional>

#include "store/ingest.h"
#include "store/load/image_plan.h"

namespace minidock::store {

struct Intake {
  const PlannedImage& image;
  // The layer of that number into the draft. Throws; that it is the layer that the config names is checked behind it.
  std::function<UnpackResult(Draft& draft, size_t layer)> ingest;
  // Told, before, which layers have to be taken in: again where a removal has taken some meanwhile.
  std::function<void(const std::vector<size_t>& layers)> missing = {};
  std::optional<RepositoryDigest> origin = {};           // kept with the image
  std::function<void(Database& database)> publish = {};  // writes what else belongs to it, in the same transaction
};

// Throws what `ingest` throws, with the layer; corrupt for another layer; conflict where removals never cease.
LoadedImage take_in(Rooms& rooms, const Intake& intake);

// Those of the image that the store has not, each once, bottom first.
std::vector<size_t> missing_layers(Rooms& rooms, const PlannedImage& image);

}  // namespace minidock::store
