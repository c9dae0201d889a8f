// Rows of layer_forms: as what registries have the layers of this store (upgrade_3.sql). Such a row is only made of
// bytes that have been here, fetched and unpacked or made of the layer's tar: what a manifest says of layers that were
// not fetched is nobody's word but a registry's.
#pragma once

#include <string>

#include "store/database.h"
#include "store/store.h"

namespace minidock::store {

// Inside a transaction. Each is fine with a row that is there already.
void ensure_layer_form(Database& database, const oci::DiffId& layer, const RegistryLayer& form);
// The same of a form that another repository has: nothing where none has it.
void ensure_known_layer_form(Database& database, const oci::DiffId& layer, const RegistryLayer& form);

}  // namespace minidock::store
