-- What studies learn from each other.

-- 'OWNER' or 'SERVER' where the study may be trained on, else NULL.
ALTER TABLE studies ADD COLUMN sharing TEXT;
-- What the study was given of others when it was created; written once.
ALTER TABLE studies ADD COLUMN background BLOB;

-- Newest first, of one owner or of those that share with all.
CREATE INDEX studies_shared ON studies(owner, study_key)
  WHERE sharing IS NOT NULL;
CREATE INDEX studies_shared_with_all ON studies(study_key)
  WHERE sharing = 'SERVER';

-- Versions are never given twice. Rejected ones are kept for their reports.
CREATE TABLE regressors(
  version INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL, -- '' for one that serves all owners
  create_time INTEGER NOT NULL,
  chosen_time INTEGER, -- the latest is in use; NULL for a rejected one
  report TEXT NOT NULL,
  studies TEXT NOT NULL, -- JSON, a hash for each study it was trained on
  weights BLOB NOT NULL
);
