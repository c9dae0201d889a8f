#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <functional>
#include <thread>

#include "support/temporary_store.h"

namespace minidock::store {
namespace {

class DatabaseTest : public ::testing::TestWithParam<Durability> {
 protected:
  DatabaseTest() { ensure_dirs(place_.location().root, 0700); }
  std::string path() const { return place_.root("test.db"); }
  Database open(int version = 1) const {
    return Database::open(path(), place_.root("lock"),
                          {"CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER) STRICT", version, GetParam()});
  }
  int64_t count(Database& database) const {
    Statement query = database.prepare("SELECT count(*) FROM t");
    query.step();
    return query.number(0);
  }
  TemporaryStore place_;
};

TEST_P(DatabaseTest, CommitsAndRollsBack) {
  Database database = open();
  {
    Transaction transaction(database);
    database.prepare("INSERT INTO t VALUES (?1, ?2)").bind(1, "kept").bind(2, int64_t{1} << 40).run();
    transaction.commit();
  }
  {
    const Transaction transaction(database);
    database.run("INSERT INTO t VALUES ('dropped', 2)");
  }
  Database again = open();
  Statement query = again.prepare("SELECT k, v FROM t");
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.text(0), "kept");
  EXPECT_EQ(query.number(1), int64_t{1} << 40);
  EXPECT_FALSE(query.step());
}

std::string refusal_of(const std::function<void()>& open) {
  try {
    open();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    return error.what();
  }
  return "none";
}

TEST_P(DatabaseTest, RefusesALaterFormat) {
  open(2);
  const std::string said = refusal_of([&] { open(1); });
  EXPECT_THAT(said, ::testing::HasSubstr("it has format 2, and this minidock knows formats up to 1"));
  EXPECT_THAT(said, ::testing::HasSubstr("use that one, or another store by --root"));
  EXPECT_NO_THROW(open(2));
}

TEST_P(DatabaseTest, RefusesAFormatThatItKnowsNoWayFrom) {
  open(1);
  EXPECT_THAT(refusal_of([&] { open(2); }), ::testing::HasSubstr("it has format 1"));
}

// The second change fails at first: then the first is not there either.
TEST_P(DatabaseTest, BringsAnOlderFormatUpAllOrNothing) {
  {
    Database old = open(1);
    Transaction transaction(old);
    old.run("INSERT INTO t VALUES ('kept', 1)");
    transaction.commit();
  }
  const auto open_third = [&](std::string_view second_change) {
    return Database::open(
        path(), place_.root("lock"),
        {"CREATE TABLE t (never)", 3, GetParam(), {"ALTER TABLE t ADD COLUMN w INTEGER DEFAULT 7", second_change}});
  };
  EXPECT_THROW(open_third("UPDATE nothing SET x = 1"), Error);
  EXPECT_EQ(count(*std::make_unique<Database>(open(1))), 1);
  Database third = open_third("UPDATE t SET w = w + 1");
  Statement query = third.prepare("SELECT k, w FROM t");
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.text(0), "kept");
  EXPECT_EQ(query.number(1), 8);
  EXPECT_THAT(refusal_of([&] { open(1); }), ::testing::HasSubstr("it has format 3"));
}

TEST_P(DatabaseTest, NamesTheKindOfFailure) {
  Database database = open();
  database.run("INSERT INTO t VALUES ('a', 1)");
  try {
    database.run("INSERT INTO t VALUES ('a', 2)");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
  }
  write_file(AT_FDCWD, place_.root("other.db"), std::string(5000, 'x'));
  try {
    Database::open(place_.root("other.db"), place_.root("lock"), {"", 1, GetParam()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("other.db"));
  }
}

TEST_P(DatabaseTest, KeepsAJournalForTheFullDisk) {
  Database database = open();
  struct stat journal;
  ASSERT_EQ(stat((path() + "-journal").c_str(), &journal), 0);
  EXPECT_GE(journal.st_blocks * 512, GetParam() == Durability::power_loss ? 1 << 20 : 64 << 10);
}

TEST_P(DatabaseTest, WritersQueueAndReadersNeverFail) {
  open();
  constexpr int kThreads = 3, kRounds = 15;
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      try {
        Database database = open();
        for (int round = 0; round < kRounds; ++round) {
          Transaction transaction(database);
          database.prepare("INSERT INTO t VALUES (?1, 1)").bind(1, cat(thread, ".", round)).run();
          transaction.commit();
          count(database);
        }
      } catch (const Error&) {
        ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  Database database = open();
  EXPECT_EQ(count(database), kThreads * kRounds);
}

TEST_P(DatabaseTest, AKilledWriterLeavesNoTornTransaction) {
  open();
  for (int round = 0; round < 8; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      Database database = open();
      for (;;) {  // pairs: a torn transaction would show as an odd count
        Transaction transaction(database);
        database.run("INSERT INTO t VALUES (hex(randomblob(16)), 1)");
        database.run("INSERT INTO t VALUES (hex(randomblob(1500)), 1)");
        transaction.commit();
      }
    }
    usleep(static_cast<useconds_t>(3000 + round * 700));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    Database database = open();
    EXPECT_EQ(count(database) % 2, 0);
    Statement check = database.prepare("PRAGMA integrity_check");
    check.step();
    EXPECT_EQ(check.text(0), "ok");
  }
}

INSTANTIATE_TEST_SUITE_P(Both, DatabaseTest, ::testing::Values(Durability::power_loss, Durability::process_death),
                         [](const auto& kind) {
                           return kind.param == Durability::power_loss ? "PowerLoss" : "ProcessDeath";
                         });

}  // namespace
}  // namespace minidock::store
