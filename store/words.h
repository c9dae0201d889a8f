// The words of random container names: adjectives in everyday use, and surnames of people who built the things that
// this program stands on (operating systems, storage, hashing, languages) or the mathematics under them.
#pragma once

#include <array>
#include <string_view>

namespace minidock::store {

inline constexpr auto kAdjectives = std::to_array<std::string_view>({
    "able",    "agile",   "airy",    "alert",   "amber",    "ample",   "apt",     "autumn",  "azure",    "balmy",
    "bold",    "brave",   "breezy",  "bright",  "brisk",    "calm",    "candid",  "careful", "chief",    "civil",
    "clear",   "clever",  "coastal", "cosy",    "crisp",    "curious", "daring",  "deft",    "dewy",     "eager",
    "earnest", "easy",    "even",    "exact",   "fair",     "fleet",   "fluent",  "fond",    "frank",    "fresh",
    "frosty",  "gentle",  "glad",    "golden",  "grand",    "green",   "handy",   "hardy",   "hearty",   "honest",
    "humble",  "ideal",   "jolly",   "keen",    "kind",     "level",   "light",   "lively",  "lucid",    "lucky",
    "mellow",  "merry",   "mild",    "misty",   "modest",   "neat",    "nimble",  "noble",   "northern", "open",
    "orderly", "patient", "placid",  "plain",   "polite",   "proud",   "prudent", "quick",   "quiet",    "rapid",
    "ready",   "robust",  "rosy",    "rustic",  "serene",   "sharp",   "silver",  "sincere", "sleek",    "smooth",
    "snowy",   "sober",   "solid",   "spry",    "stable",   "steady",  "still",   "sturdy",  "sunny",    "supple",
    "swift",   "tidy",    "tender",  "thrifty", "tranquil", "true",    "upbeat",  "valiant", "vivid",    "warm",
    "wary",    "wise",    "witty",   "zesty",
});

inline constexpr auto kSurnames = std::to_array<std::string_view>({
    "abelson",    "adleman", "aho",         "allen",      "backus",    "bachman",   "banach",     "bayer",   "bellovin",
    "bernoulli",  "boole",   "brooks",      "cantor",     "cerf",      "church",    "codd",       "corbato", "daley",
    "damgard",    "date",    "denning",     "diffie",     "dijkstra",  "engelbart", "euler",      "fagin",   "fermat",
    "floyd",      "galois",  "gauss",       "godel",      "gosper",    "gray",      "haerder",    "hamming", "hellman",
    "hilbert",    "hipp",    "hoare",       "hopper",     "huffman",   "iverson",   "joy",        "kahan",   "kahn",
    "karp",       "kay",     "kernighan",   "kildall",    "kleene",    "knuth",     "kolmogorov", "lamport", "lampson",
    "lempel",     "leibniz", "liskov",      "lovelace",   "mccarthy",  "mccreight", "mckusick",   "merkle",  "metcalfe",
    "milner",     "minsky",  "mohan",       "moore",      "napier",    "naur",      "needham",    "neumann", "newell",
    "noether",    "ossanna", "ousterhout",  "pascal",     "perlis",    "pike",      "postel",     "rabin",   "reed",
    "reuter",     "ritchie", "rivest",      "rosenblum",  "saltzer",   "schneier",  "scott",      "shamir",  "shannon",
    "sifakis",    "solomon", "stonebraker", "sutherland", "tanenbaum", "tarjan",    "thompson",   "turing",  "ullman",
    "weinberger", "wiles",   "wilkes",      "wirth",      "yao",       "ziv",       "zuse",
});

}  // namespace minidock::store
