-- What makes format 2 of RUN/minidock.db of format 1: the addresses and ports that containers have. See network_leases.h.
CREATE TABLE addresses (
  network   TEXT NOT NULL,
  address   TEXT NOT NULL,      -- hex digits
  container TEXT NOT NULL,
  PRIMARY KEY (network, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_by_container ON addresses(container);

CREATE TABLE last_addresses (
  network TEXT NOT NULL,
  size    INTEGER NOT NULL,     -- bytes: 4, 16
  address TEXT NOT NULL,
  PRIMARY KEY (network, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE ports (
  protocol     INTEGER NOT NULL,
  host_address TEXT NOT NULL,   -- hex digits; all 0: every address of the host
  host_port    INTEGER NOT NULL,
  container    TEXT NOT NULL,
  address      TEXT NOT NULL,
  port         INTEGER NOT NULL,
  PRIMARY KEY (protocol, host_port, host_address)
) STRICT, WITHOUT ROWID;
CREATE INDEX ports_by_container ON ports(container);
CREATE INDEX ports_by_address ON ports(address);
