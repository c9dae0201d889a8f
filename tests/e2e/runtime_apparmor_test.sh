#!/bin/bash
# AppArmor profiles of a bundle's process and of further ones. The kernel's profiles are the host's: these are named
# after this test, and taken out again.
. "$(dirname "$0")/../support/bundle.sh"
requires apparmor apparmor_parser

readonly profile=minidock-test-$$
readonly rules='file, capability, network, signal, mount, umount, pivot_root,'
apparmor_parser --replace --skip-cache --quiet <<END || exit 1
profile $profile flags=(attach_disconnected) { $rules deny /secret rw, }
profile $profile-other flags=(attach_disconnected) { $rules }
END
after_tests() {
  apparmor_parser --remove --quiet <<END
profile $profile {}
profile $profile-other {}
END
}

confined() {
  bundle b 'process.args = ["sleep", "1000"]' "process.apparmorProfile = '$profile'" "$@"
  echo secret >"$work/b/rootfs/secret"
  running web b
}

test_the_command_and_what_follows_it_are_confined() {
  confined
  assert_eq "$(cat "/proc/$(pid_of web)/attr/current")" "$profile (enforce)"
  assert_eq "$(rt exec web cat /proc/self/attr/current)" "$profile (enforce)"
  try rt exec web cat /secret
  assert_rc 1
  assert_match "$err" 'Permission denied'
}

test_another_profile_for_a_further_process() {
  confined
  assert_eq "$(rt exec --apparmor "$profile-other" web cat /proc/self/attr/current)" "$profile-other (enforce)"
  assert_eq "$(rt exec --apparmor "$profile-other" web cat /secret)" secret
}

test_with_no_new_privileges() {
  confined 'process.noNewPrivileges = True'
  assert_eq "$(cat "/proc/$(pid_of web)/attr/current")" "$profile (enforce)"
}

test_unconfined() {
  bundle b 'process.args = ["cat", "/proc/self/attr/current"]' 'process.apparmorProfile = "unconfined"'
  assert_eq "$(rt run -b "$work/b" web)" unconfined
}

# security: with less than was asked for nothing starts.
test_one_that_is_not_loaded_is_refused() {
  bundle b 'process.args = ["true"]' "process.apparmorProfile = '$profile-missing'"
  refused 1 "AppArmor profile $profile-missing: the profile is not loaded" rt create -b "$work/b" web
  assert_eq "$(rt list -q)" ""
  confined
  refused 255 "AppArmor profile $profile-missing: the profile is not loaded" \
    rt exec --apparmor "$profile-missing" web true
}
run_tests
