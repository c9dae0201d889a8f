#include <gtest/gtest.h>

#include "base/error.h"
#include "oci/image_config.h"

namespace minidock::oci {
namespace {

using Words = std::vector<std::string>;

ContainerDefaults apply(const Words& changes, ContainerDefaults config = {}) {
  for (const std::string& change : changes) apply_change(config, change);
  return config;
}

std::string refusal(const std::string& change) {
  try {
    apply({change});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "accepted";
}

TEST(Changes, CommandsInBothForms) {
  EXPECT_EQ(apply({"CMD [\"a\", \"b c\"]"}).cmd, (Words{"a", "b c"}));
  EXPECT_EQ(apply({"cmd  echo  'x y' "}).cmd, (Words{"/bin/sh", "-c", "echo  'x y'"}));
  EXPECT_EQ(apply({"ENTRYPOINT [\"/init\"]", "ENTRYPOINT []"}).entrypoint, Words());
  EXPECT_EQ(apply({"CMD [not json"}).cmd, (Words{"/bin/sh", "-c", "[not json"}));
  ContainerDefaults bash;
  bash.shell = {"/bin/bash", "-ec"};
  EXPECT_EQ(apply({"ENTRYPOINT run"}, bash).entrypoint, (Words{"/bin/bash", "-ec", "run"}));
}

TEST(Changes, EnvInBothForms) {
  EXPECT_EQ(apply({"ENV A=1 B=\"two words\" C=a\\ b D='$A' E="}).env,
            (Words{"A=1", "B=two words", "C=a b", "D=$A", "E="}));
  EXPECT_EQ(apply({"ENV A the rest of it"}).env, Words{"A=the rest of it"});
  EXPECT_EQ(apply({"ENV A=1 B=2", "ENV A=3"}).env, (Words{"A=3", "B=2"}));
}

TEST(Changes, VariablesComeFromTheEnvironmentSoFar) {
  const Words env = {"ENV P=/bin EMPTY="};
  const auto with = [&](const std::string& change) { return apply({env[0], change}); };
  EXPECT_EQ(with("ENV Q=$P:/x R=${P}y S=$P").env, (Words{"P=/bin", "EMPTY=", "Q=/bin:/x", "R=/biny", "S=/bin"}));
  EXPECT_EQ(with("ENV P=1 Q=$P").env, (Words{"P=1", "EMPTY=", "Q=/bin"})) << "one line sees what was before it";
  EXPECT_EQ(with("USER ${NONE:-me}").user, "me");
  EXPECT_EQ(with("USER ${EMPTY:-me}").user, "me");
  EXPECT_EQ(with("USER ${P:+set}").user, "set");
  EXPECT_EQ(with("WORKDIR \"$P/a b\"").working_dir, "/bin/a b");
  EXPECT_EQ(with("LABEL a=\\$P b=\"$P\"").labels, (std::map<std::string, std::string>{{"a", "$P"}, {"b", "/bin"}}));
}

TEST(Changes, Labels) {
  const auto labels = apply({R"(LABEL "a b"=c d="e \"f\"" g=)", "LABEL a.b one two"}).labels;
  EXPECT_EQ(labels,
            (std::map<std::string, std::string>{{"a b", "c"}, {"d", "e \"f\""}, {"g", ""}, {"a.b", "one two"}}));
}

TEST(Changes, Ports) {
  EXPECT_EQ(apply({"EXPOSE 80 53/UDP 8000-8002", "EXPOSE 80/tcp"}).exposed_ports,
            (Words{"53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"}));
  EXPECT_EQ(refusal("EXPOSE abc"), "invalid containerPort: abc");
  EXPECT_EQ(refusal("EXPOSE 65536"), "invalid containerPort: 65536");
  EXPECT_EQ(refusal("EXPOSE 9-8"), "invalid containerPort: 9-8");
  EXPECT_EQ(refusal("EXPOSE 80/icmp"), "invalid proto: icmp");
}

TEST(Changes, VolumesInBothForms) {
  EXPECT_EQ(apply({"VOLUME /b /a", R"(VOLUME ["/c d", "/a"])"}).volumes, (Words{"/a", "/b", "/c d"}));
  EXPECT_EQ(refusal(R"(VOLUME [" "])"), "VOLUME specified can not be an empty string");
  EXPECT_EQ(refusal("VOLUME [1]"), "When using JSON array syntax, arrays must be comprised of strings only.");
}

TEST(Changes, WorkingDirIsJoinedToTheOneBefore) {
  EXPECT_EQ(apply({"WORKDIR /a//b/./c/.."}).working_dir, "/a/b");
  EXPECT_EQ(apply({"WORKDIR /a", "WORKDIR b c"}).working_dir, "/a/b c");
  EXPECT_EQ(apply({"WORKDIR x"}).working_dir, "/x");
  EXPECT_EQ(apply({"WORKDIR /../../.."}).working_dir, "/");
}

TEST(Changes, HealthCheck) {
  const auto check =
      apply({"HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1.5h --retries=3 CMD curl -f x"});
  EXPECT_EQ(check.health_check->test, (Words{"CMD-SHELL", "curl -f x"}));
  EXPECT_EQ(check.health_check->interval, 90 * kSecond);
  EXPECT_EQ(check.health_check->timeout, kSecond / 2);
  EXPECT_EQ(check.health_check->start_period, 5400 * kSecond);
  EXPECT_EQ(check.health_check->retries, 3);
  EXPECT_EQ(apply({R"(HEALTHCHECK CMD ["a","b"])"}).health_check->test, (Words{"CMD", "a", "b"}));
  EXPECT_EQ(apply({"HEALTHCHECK none"}).health_check->test, Words{"NONE"});
  EXPECT_EQ(refusal("HEALTHCHECK NONE x"), "HEALTHCHECK NONE takes no arguments");
  EXPECT_EQ(refusal("HEALTHCHECK --interval=1us CMD x"), "Interval \"interval\" cannot be less than 1ms");
  EXPECT_EQ(refusal("HEALTHCHECK --retries=-1 CMD x"), "--retries must be at least 0, not -1");
  EXPECT_EQ(refusal("HEALTHCHECK --colour=1 CMD x"), "unknown flag: --colour");
  EXPECT_EQ(refusal("HEALTHCHECK CMD"), "Missing command after HEALTHCHECK CMD");
  EXPECT_EQ(refusal("HEALTHCHECK run x"), "Unknown type \"run\" in HEALTHCHECK (try CMD)");
  for (const std::string bad : {"", "5", "inf", "nans", "-1s", "1e300h", "s", "1 s"}) {
    EXPECT_EQ(refusal("HEALTHCHECK --timeout=" + bad + "\tCMD x").find("accepted"), std::string::npos) << bad;
  }
}

TEST(Changes, TheRest) {
  EXPECT_EQ(apply({"USER a:b"}).user, "a:b");
  EXPECT_EQ(apply({"STOPSIGNAL SIGINT"}).stop_signal, "SIGINT");
  EXPECT_EQ(apply({"ONBUILD RUN make", "ONBUILD COPY . /"}).on_build, (Words{"RUN make", "COPY . /"}));
  EXPECT_EQ(refusal("ONBUILD ONBUILD RUN x"), "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  EXPECT_EQ(refusal("ONBUILD FROM x"), "FROM isn't allowed as an ONBUILD trigger");
}

TEST(Changes, RefusesAsDockerDoes) {
  EXPECT_EQ(refusal("RUN make"), "run is not a valid change command");
  EXPECT_EQ(refusal(""), " is not a valid change command");
  EXPECT_EQ(refusal("CMD"), "CMD requires at least one argument");
  EXPECT_EQ(refusal("USER a b"), "USER requires exactly one argument");
  EXPECT_EQ(refusal("ENV A"), "ENV must have two arguments");
  EXPECT_EQ(refusal("ENV A=1 B"), "Syntax error - can't find = in \"B\". Must be of the form: name=value");
  EXPECT_EQ(refusal("ENV =1"), "ENV names can not be blank");
  EXPECT_EQ(refusal("ENV A='x"), "cannot read word 'x: the single quote is not closed");
  EXPECT_EQ(refusal("ENV A=${B"), "cannot read word ${B: ${ is not closed");
  EXPECT_EQ(refusal("ENV A=1\nUSER b"), "cannot apply change ENV: it holds a line break or a NUL byte");
}

}  // namespace
}  // namespace minidock::oci
