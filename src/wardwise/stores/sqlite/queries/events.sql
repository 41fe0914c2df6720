-- name: sites
SELECT name FROM site ORDER BY name

-- name: site_number
SELECT number FROM site WHERE name = ?

-- name: add_site
INSERT INTO site (name) VALUES (?) RETURNING number

-- name: take_lease
INSERT INTO lease (site, token, holder) VALUES (?, 1, ?)
ON CONFLICT (site) DO UPDATE SET token = token + 1, holder = excluded.holder
RETURNING token

-- name: current_token
SELECT token FROM lease WHERE site = ?

-- name: head
SELECT last, recorded_at, head FROM batch WHERE site = ? ORDER BY last DESC LIMIT 1

-- name: last_position
SELECT max(position) FROM event WHERE site = ?

-- name: known_ids
SELECT id FROM event WHERE site = ? AND id IN (SELECT value FROM json_each(?))

-- name: add_event
INSERT INTO event (site, position, id, kind, encounter, patient, occurred_at, known_at, digest, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_cause
INSERT INTO cause (site, cause, position) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: add_batch
INSERT INTO batch (site, last, first, recorded_at, root, head) VALUES (?, ?, ?, ?, ?, ?)

-- name: outcome_of
SELECT raw, outcome FROM disposition WHERE site = ? AND raw = ?

-- name: put_disposition
INSERT INTO disposition (site, raw, sequence, outcome, events, reason) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (site, raw) DO UPDATE SET
    sequence = excluded.sequence, outcome = excluded.outcome,
    events = excluded.events, reason = excluded.reason

-- name: count_outcome
INSERT INTO outcome (site, outcome, raws) VALUES (?, ?, ?)
ON CONFLICT (site, outcome) DO UPDATE SET raws = raws + excluded.raws

-- name: disposition
SELECT raw, sequence, outcome, events, reason FROM disposition WHERE site = ? AND raw = ?

-- name: outcomes
SELECT outcome, raws FROM outcome WHERE site = ?

-- name: put_offset
INSERT INTO consumer (site, name, position) VALUES (?, ?, ?)
ON CONFLICT (site, name) DO UPDATE SET position = excluded.position

-- name: offset
SELECT position FROM consumer WHERE site = ? AND name = ?

-- name: begin_offset
INSERT INTO consumer (site, name, position) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING position

-- name: move_offset
UPDATE consumer SET position = ? WHERE site = ? AND name = ? AND position = ? RETURNING position

-- name: read_all
SELECT position, digest, record FROM event
WHERE site = :site AND position > :after AND position <= :upto
ORDER BY position LIMIT :limit

-- name: read_kind
SELECT position FROM event INDEXED BY event_kind
WHERE site = :site AND kind = :kind AND position > :after AND position <= :upto AND occurred_at >= :since
ORDER BY position LIMIT :limit

-- name: read_since
SELECT position FROM event INDEXED BY event_occurred
WHERE site = :site AND occurred_at >= :since AND position > :after AND position <= :upto
ORDER BY position LIMIT :limit

-- name: read_encounter
SELECT position FROM event INDEXED BY event_encounter
WHERE site = :site AND encounter = :encounter AND position > :after AND position <= :upto
    AND occurred_at >= :since
    AND (:patient IS NULL OR patient = :patient)
    AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
ORDER BY position LIMIT :limit

-- name: read_patient
SELECT position FROM event INDEXED BY event_patient
WHERE site = :site AND patient = :patient AND encounter IS NULL AND position > :after AND position <= :upto
    AND occurred_at >= :since
    AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
ORDER BY position LIMIT :limit

-- name: stays
SELECT encounter FROM stay WHERE site = ? AND patient = ? ORDER BY encounter

-- name: stays_standing
SELECT patient, encounter FROM stay WHERE site = ? AND patient = ?

-- name: add_stay
INSERT INTO stay (site, patient, encounter) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: read_one
SELECT position, digest, record FROM event WHERE site = ? AND position = ?

-- name: find
SELECT position FROM event WHERE site = :site AND id >= :low AND id < :high ORDER BY id LIMIT 2

-- name: find_exactly
SELECT position FROM event WHERE site = ? AND id = ?

-- name: caused
SELECT position FROM cause WHERE site = ? AND cause = ? ORDER BY position

-- name: verify_batches
SELECT first, last, recorded_at, root, head FROM batch WHERE site = ? AND last > ? ORDER BY last LIMIT ?

-- name: verify_events
SELECT position, id, kind, encounter, patient, occurred_at, known_at, digest, record
FROM event WHERE site = ? AND position > ? AND position <= ? ORDER BY position

-- name: causes_standing
SELECT cause, position FROM cause WHERE site = ? AND position BETWEEN ? AND ? AND cause = ?

-- name: causes_in_all
SELECT count(*) FROM cause WHERE site = ? AND position <= ?

-- name: head_at
SELECT head FROM batch WHERE site = ? AND last = ?

-- name: first_records
SELECT event.site, event.record
FROM (SELECT DISTINCT site FROM event) AS known
JOIN event ON event.site = known.site AND event.position = 1

-- name: orphan
SELECT position FROM event WHERE site NOT IN (SELECT number FROM site) LIMIT 1

-- name: stray_position
SELECT position FROM event
WHERE site = ?1 AND (
    position < 1 OR position > coalesce((SELECT max(last) FROM batch WHERE batch.site = ?1), 0)
)
UNION ALL
SELECT last FROM batch WHERE site = ?1 AND last < 1
LIMIT 1

-- name: put_checkpoint
INSERT INTO checkpoint (site, position, head) VALUES (?, ?, ?)
ON CONFLICT (site) DO UPDATE SET position = excluded.position, head = excluded.head

-- name: checkpoint
SELECT position, head FROM checkpoint WHERE site = ?

-- name: archived
SELECT first, last, file, sha256, head_before, head_after, begins, ends FROM archived WHERE site = ? ORDER BY last

-- name: archived_upto
SELECT max(last) FROM archived WHERE site = ?

-- name: record_sizes
SELECT position, length(record) FROM event WHERE site = ? AND position BETWEEN ? AND ?

-- name: add_archived
INSERT INTO archived (site, first, last, file, sha256, head_before, head_after, begins, ends)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: let_go_of_records
UPDATE event SET record = X'' WHERE site = ? AND position BETWEEN ? AND ?
