-- Tables are ours to change; the views below are a promise (storage/README.md).
--
-- Each table keeps the serialized message, which is the truth, and the columns
-- that people query. Times are microseconds since 1970 UTC. An absent value is
-- NULL. No foreign keys, triggers or checks: the writer keeps the tables
-- together. The blob comes last, so that reading the other columns skips it.

-- Keys are never given twice, so they also tell the order of creation.
CREATE TABLE studies(
  study_key INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  study TEXT NOT NULL,
  name TEXT GENERATED ALWAYS AS ('owners/' || owner || '/studies/' || study),
  state TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  metrics TEXT,
  metadata TEXT,
  next_trial_id INTEGER NOT NULL,
  next_ordinal INTEGER NOT NULL,
  next_finished INTEGER NOT NULL,
  started_trials INTEGER NOT NULL,
  proto BLOB NOT NULL
);
CREATE UNIQUE INDEX studies_by_name ON studies(name);
CREATE INDEX studies_by_owner ON studies(owner);
CREATE INDEX studies_by_study ON studies(study);

-- With a rowid: trials are appended, so a group commit over many studies
-- dirties few pages.
CREATE TABLE trials(
  study_key INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  client_id TEXT NOT NULL,
  start_time INTEGER,
  end_time INTEGER,
  ordinal INTEGER,
  finished INTEGER,
  started INTEGER NOT NULL,
  infeasible_reason TEXT NOT NULL,
  parameters TEXT,
  final_metrics TEXT,
  metadata TEXT,
  memo BLOB NOT NULL,
  proto BLOB NOT NULL,
  PRIMARY KEY(study_key, trial_id)
);

-- Without: rows are small, and a curve is read as one range.
CREATE TABLE measurements(
  study_key INTEGER NOT NULL,
  trial_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  step INTEGER NOT NULL,
  elapsed INTEGER NOT NULL,
  metrics TEXT,
  proto BLOB NOT NULL,
  PRIMARY KEY(study_key, trial_id, number)
) WITHOUT ROWID;

-- A ring for each client: slot is number modulo its size.
CREATE TABLE operations(
  study_key INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  slot INTEGER NOT NULL,
  number INTEGER NOT NULL,
  done INTEGER NOT NULL,
  count INTEGER NOT NULL,
  trial_ids TEXT NOT NULL,
  proto BLOB NOT NULL,
  PRIMARY KEY(study_key, client_id, slot)
) WITHOUT ROWID;

-- CROSS JOIN makes SQLite visit the studies first, so a query for one study
-- never scans the trials of the others.

CREATE VIEW studies_v1 AS
SELECT
  name AS study_name,
  owner,
  study,
  state,
  algorithm,
  strftime('%Y-%m-%dT%H:%M:%S', create_time / 1000000, 'unixepoch')
    || printf('.%06dZ', create_time % 1000000) AS create_time,
  metrics ->> '$[0].metric' AS objective_metric,
  metrics ->> '$[0].goal' AS objective_goal
FROM studies;

CREATE VIEW trials_v1 AS
SELECT
  s.name AS study_name,
  s.owner AS owner,
  s.study AS study,
  t.trial_id AS trial_id,
  t.state AS state,
  t.client_id AS client_id,
  strftime('%Y-%m-%dT%H:%M:%S', t.start_time / 1000000, 'unixepoch')
    || printf('.%06dZ', t.start_time % 1000000) AS start_time,
  strftime('%Y-%m-%dT%H:%M:%S', t.end_time / 1000000, 'unixepoch')
    || printf('.%06dZ', t.end_time % 1000000) AS end_time,
  (t.end_time - t.start_time) / 1e6 AS duration_seconds,
  t.infeasible_reason AS infeasible_reason,
  (
    SELECT
      CASE m.value
        WHEN 'NaN' THEN NULL
        WHEN 'Infinity' THEN 9e999
        WHEN '-Infinity' THEN -9e999
        ELSE CAST(m.value AS REAL)
      END
    FROM json_each(t.final_metrics) m
    WHERE m.key = s.metrics ->> '$[0].metric'
  ) AS objective,
  t.finished AS finished,
  t.parameters AS parameters
FROM studies s
CROSS JOIN trials t ON t.study_key = s.study_key;

CREATE VIEW metrics_v1 AS
SELECT
  s.name AS study_name,
  s.owner AS owner,
  s.study AS study,
  t.trial_id AS trial_id,
  t.state AS state,
  t.finished AS finished,
  strftime('%Y-%m-%dT%H:%M:%S', t.end_time / 1000000, 'unixepoch')
    || printf('.%06dZ', t.end_time % 1000000) AS end_time,
  m.key AS metric,
  (SELECT g.key FROM json_each(s.metrics) g WHERE g.value ->> 'metric' = m.key)
    AS metric_number,
  (
    SELECT g.value ->> 'goal'
    FROM json_each(s.metrics) g
    WHERE g.value ->> 'metric' = m.key
  ) AS goal,
  CASE m.value
    WHEN 'NaN' THEN NULL
    WHEN 'Infinity' THEN 9e999
    WHEN '-Infinity' THEN -9e999
    ELSE CAST(m.value AS REAL)
  END AS value
FROM studies s
CROSS JOIN trials t ON t.study_key = s.study_key
CROSS JOIN json_each(t.final_metrics) m;

CREATE VIEW parameters_v1 AS
SELECT
  s.name AS study_name,
  s.owner AS owner,
  s.study AS study,
  t.trial_id AS trial_id,
  p.key AS parameter,
  CASE p.type
    WHEN 'text' THEN 'string'
    WHEN 'true' THEN 'bool'
    WHEN 'false' THEN 'bool'
    ELSE 'number'
  END AS type,
  CASE p.type WHEN 'text' THEN NULL ELSE CAST(p.value AS REAL) END
    AS number_value,
  CASE p.type WHEN 'text' THEN p.value END AS string_value,
  CASE p.type
    WHEN 'true' THEN 'true'
    WHEN 'false' THEN 'false'
    ELSE CAST(p.value AS TEXT)
  END AS value
FROM studies s
CROSS JOIN trials t ON t.study_key = s.study_key
CROSS JOIN json_each(t.parameters) p;

CREATE VIEW measurements_v1 AS
SELECT
  s.name AS study_name,
  s.owner AS owner,
  s.study AS study,
  r.trial_id AS trial_id,
  r.number AS number,
  r.step AS step,
  r.elapsed / 1e6 AS elapsed_seconds,
  m.key AS metric,
  CASE m.value
    WHEN 'NaN' THEN NULL
    WHEN 'Infinity' THEN 9e999
    WHEN '-Infinity' THEN -9e999
    ELSE CAST(m.value AS REAL)
  END AS value
FROM studies s
CROSS JOIN measurements r ON r.study_key = s.study_key
CROSS JOIN json_each(r.metrics) m;

CREATE VIEW metadata_v1 AS
SELECT
  s.name AS study_name,
  s.owner AS owner,
  s.study AS study,
  NULL AS trial_id,
  m.value ->> 'ns' AS ns,
  m.value ->> 'key' AS key,
  m.value ->> 'value' AS value
FROM studies s
CROSS JOIN json_each(s.metadata) m
UNION ALL
SELECT
  s.name,
  s.owner,
  s.study,
  t.trial_id,
  m.value ->> 'ns',
  m.value ->> 'key',
  m.value ->> 'value'
FROM studies s
CROSS JOIN trials t ON t.study_key = s.study_key
CROSS JOIN json_each(t.metadata) m;

-- The windows are partitioned by all columns of the study, so that SQLite
-- applies a condition on them before the window.

CREATE VIEW best_so_far_v1 AS
SELECT
  study_name,
  owner,
  study,
  metric,
  goal,
  finished,
  trial_id,
  end_time,
  value,
  CASE goal
    WHEN 'MINIMIZE' THEN min(value) OVER so_far
    ELSE max(value) OVER so_far
  END AS best
FROM metrics_v1
WHERE state = 'SUCCEEDED' AND goal IS NOT NULL
WINDOW so_far AS (
  PARTITION BY study_name, owner, study, metric
  ORDER BY finished
  ROWS UNBOUNDED PRECEDING
);

CREATE VIEW best_trials_v1 AS
SELECT
  b.study_name AS study_name,
  b.owner AS owner,
  b.study AS study,
  b.trial_id AS trial_id,
  b.metric AS metric,
  b.goal AS goal,
  b.value AS value,
  t.client_id AS client_id,
  t.end_time AS end_time,
  t.parameters AS parameters
FROM (
  SELECT
    study_name,
    owner,
    study,
    trial_id,
    metric,
    goal,
    value,
    row_number() OVER (
      PARTITION BY study_name, owner, study
      ORDER BY CASE goal WHEN 'MINIMIZE' THEN value ELSE -value END, finished
    ) AS place
  FROM metrics_v1
  WHERE state = 'SUCCEEDED' AND metric_number = 0 AND value IS NOT NULL
) b
CROSS JOIN trials_v1 t
  ON t.study_name = b.study_name AND t.trial_id = b.trial_id
WHERE b.place = 1;
