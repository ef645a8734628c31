-- Instants are microseconds since the Unix epoch, UTC. The dates of a marketplace are its record's own: ISO 8601,
-- local time, no zone.

CREATE TABLE marketplaces (
    id             INTEGER PRIMARY KEY,
    url            TEXT    NOT NULL UNIQUE, -- canonical
    name           TEXT    NOT NULL,
    category       TEXT    NOT NULL CHECK (category IN ('freelance', 'remote', 'gig', 'enterprise')),
    discovered_at  TEXT    NOT NULL,
    last_scanned   TEXT,
    scan_count     INTEGER NOT NULL DEFAULT 0 CHECK (scan_count >= 0),
    jobs_found     INTEGER NOT NULL DEFAULT 0 CHECK (jobs_found >= 0),
    bids_placed    INTEGER NOT NULL DEFAULT 0 CHECK (bids_placed >= 0),
    bids_won       INTEGER NOT NULL DEFAULT 0 CHECK (bids_won >= 0),
    total_revenue  REAL    NOT NULL DEFAULT 0,
    success_rate   REAL    NOT NULL DEFAULT 0,
    is_active      INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    priority_score REAL    NOT NULL DEFAULT 0,
    metadata       TEXT    NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE postings (
    marketplace INTEGER NOT NULL REFERENCES marketplaces (id),
    id          TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    url         TEXT,
    posted_at   TEXT,
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    posting     TEXT    NOT NULL, -- the whole posting as JSON
    PRIMARY KEY (marketplace, id)
) STRICT;

CREATE INDEX postings_by_id ON postings (id);
CREATE INDEX postings_by_title ON postings (title);
CREATE INDEX postings_by_url ON postings (url);
CREATE INDEX postings_by_posted_at ON postings (posted_at);
CREATE INDEX postings_by_first_seen ON postings (first_seen);

CREATE TABLE scans (
    id          INTEGER PRIMARY KEY,
    marketplace INTEGER NOT NULL REFERENCES marketplaces (id),
    started_at  INTEGER NOT NULL,
    elapsed_ms  INTEGER NOT NULL CHECK (elapsed_ms >= 0),
    outcome     TEXT    NOT NULL,
    pages       INTEGER NOT NULL CHECK (pages >= 0),
    postings    INTEGER NOT NULL CHECK (postings >= 0),
    fetched_by  TEXT    CHECK (fetched_by IN ('http', 'browser')),
    evidence    TEXT    NOT NULL -- JSON
) STRICT;

CREATE INDEX scans_by_start ON scans (marketplace, started_at);
CREATE INDEX scans_that_found ON scans (marketplace) WHERE postings > 0;
