// A container in the making. What a crash leaves after each step, and who cleans it, is in README.md.
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "store/container_rows.h"
#include "store/names.h"
#include "store/state.h"

namespace minidock::store {

namespace {
// Sixty-four hex digits. As docker does, an ID whose short form would read as a number is thrown back.
std::string new_container_id() {
  for (;;) {
    std::string id = random_hex(32);
    if (id.substr(0, 12).find_first_of("abcdef") != std::string::npos) return id;
  }
}

bool has_image(Database& database, const oci::ImageId& image) {
  Statement query = database.prepare("SELECT 1 FROM images WHERE id = ?1");
  return query.bind(1, image.hex()).step();
}
}  // namespace

struct Store::NewContainer::State {
  Rooms& rooms;
  bool ephemeral = false;
  std::string id, name, directory, run_directory;
  Lease lease;
  Fd lock;

  void make_directories() {
    const std::string path = container_path(id);
    make_dir(rooms.root(), path, 0700);
    make_dir(rooms.root(), path + "/upper", 0755);
    make_dir(rooms.root(), path + "/work", 0700);
    // The upper directory's mode is the mode of the container's "/": the caller's umask has no say in it.
    if (fchmodat(rooms.root(), (path + "/upper").c_str(), 0755, 0) != 0) throw_errno("set mode of ", path, "/upper");
    make_dir(rooms.run_root(), path, 0700);
    lock = open_file(rooms.run_root(), path + "/lock", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!try_lock_file(lock.get())) throw_error(ErrorKind::internal, "lock new container ", id, ": held already");
  }

  void write_row(const ContainerRow& row) {
    Database& database = ephemeral ? rooms.run_database() : rooms.root_database();
    if (!ephemeral) {
      // order: the directories are durable before the row that promises them.
      sync_dir(rooms.root(), container_path(id));
      sync_dir(rooms.root(), "containers");
    }
    Transaction transaction(database);
    // race: remove_image() holds this same lock (RUN's, for ephemeral ones) from its look at the containers to
    // its commit. So either it sees our row, or we see its image gone.
    if (!has_image(rooms.root_database(), row.image)) {
      throw_error(ErrorKind::not_found, "No such image: ", printable(row.image_reference));
    }
    insert_container_row(database, row);
    if (!ephemeral)
      database.prepare("UPDATE volumes SET owner = '' WHERE owner = ?1 AND owner != ''").bind(1, id).run();
    transaction.commit();
  }

  // Undoes everything; on an error the abandoned lease leaves it to the next command.
  void undo() noexcept {
    try {
      erase_container(rooms, lease, id);
      lease.drop();
    } catch (const std::exception&) {
    }
  }
};

Store::NewContainer::NewContainer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::NewContainer::NewContainer(NewContainer&&) noexcept = default;

Store::NewContainer& Store::NewContainer::operator=(NewContainer&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Store::NewContainer::~NewContainer() {
  if (state_ && state_->lease) state_->undo();
}

const std::string& Store::NewContainer::id() const {
  return state_->id;
}
const std::string& Store::NewContainer::name() const {
  return state_->name;
}
const std::string& Store::NewContainer::directory() const {
  return state_->directory;
}
const std::string& Store::NewContainer::run_directory() const {
  return state_->run_directory;
}
int Store::NewContainer::lock_fd() const {
  return state_->lock.get();
}

void Store::NewContainer::commit(const ContainerRow& row) {
  ContainerRow own = row;
  own.id = state_->id;
  own.name = state_->name;
  state_->write_row(own);
}

void Store::NewContainer::release() {
  state_->lease.drop();
}

Store::NewContainer Store::create_container(const std::string& name, bool ephemeral) {
  const std::string wanted = name.empty() ? "" : check_container_name(name);
  const std::string id = new_container_id();
  NewContainer container(std::unique_ptr<NewContainer::State>(
      new NewContainer::State{*state_, ephemeral, id, wanted, container_directory(id), run_directory(id),
                              Lease::create(state_->tmp(), LeaseKind::container, id), Fd()}));
  NewContainer::State& state = *container.state_;
  if (wanted.empty()) {
    state.name = reserve_random_name(*state_, id);
  } else {
    reserve_name(*state_, wanted, id);
  }
  state.make_directories();
  return container;
}

}  // namespace minidock::store
