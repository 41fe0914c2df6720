-- name: sites
SELECT name FROM site ORDER BY name

-- name: site_number
SELECT number FROM site WHERE name = %s

-- name: add_site
INSERT INTO site (name) VALUES (%s)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING number

-- name: take_lease
INSERT INTO lease (site, token, holder) VALUES (%s, 1, %s)
ON CONFLICT (site) DO UPDATE SET token = lease.token + 1, holder = excluded.holder
RETURNING token

-- name: current_token
SELECT token FROM lease WHERE site = %s FOR UPDATE

-- name: head
SELECT last, recorded_at, head FROM batch WHERE site = %s ORDER BY last DESC LIMIT 1

-- name: last_position
SELECT max(position) FROM event WHERE site = %s

-- name: known_ids
SELECT id FROM event WHERE site = %s AND id = ANY(%s)

-- name: add_event
INSERT INTO event (site, position, id, kind, encounter, patient, occurred_at, known_at, digest, record)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: add_cause
INSERT INTO cause (site, cause, position) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING

-- name: add_batch
INSERT INTO batch (site, last, first, recorded_at, root, head) VALUES (%s, %s, %s, %s, %s, %s)

-- name: outcome_of
SELECT raw, outcome FROM disposition WHERE site = %s AND raw = ANY(%s)

-- name: put_disposition
INSERT INTO disposition (site, raw, sequence, outcome, events, reason) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (site, raw) DO UPDATE SET
    sequence = excluded.sequence, outcome = excluded.outcome,
    events = excluded.events, reason = excluded.reason

-- name: count_outcome
INSERT INTO outcome (site, outcome, raws) VALUES (%s, %s, %s)
ON CONFLICT (site, outcome) DO UPDATE SET raws = outcome.raws + excluded.raws

-- name: disposition
SELECT raw, sequence, outcome, events, reason FROM disposition WHERE site = %s AND raw = %s

-- name: outcomes
SELECT outcome, raws FROM outcome WHERE site = %s

-- name: put_offset
INSERT INTO consumer (site, name, position) VALUES (%s, %s, %s)
ON CONFLICT (site, name) DO UPDATE SET position = excluded.position

-- name: offset
SELECT position FROM consumer WHERE site = %s AND name = %s

-- name: begin_offset
INSERT INTO consumer (site, name, position) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING position

-- name: move_offset
UPDATE consumer SET position = %s WHERE site = %s AND name = %s AND position = %s RETURNING position

-- name: read_all
SELECT position, digest, record FROM event
WHERE site = %(site)s AND position > %(after)s AND position <= %(upto)s
ORDER BY position LIMIT %(limit)s

-- name: read_kind
SELECT position FROM event
WHERE site = %(site)s AND kind = %(kind)s AND position > %(after)s AND position <= %(upto)s AND occurred_at >= %(since)s
ORDER BY position LIMIT %(limit)s

-- name: read_since
SELECT position FROM event
WHERE site = %(site)s AND occurred_at >= %(since)s AND position > %(after)s AND position <= %(upto)s
ORDER BY position LIMIT %(limit)s

-- name: read_encounter
SELECT position FROM event
WHERE site = %(site)s AND encounter = %(encounter)s AND position > %(after)s AND position <= %(upto)s
    AND occurred_at >= %(since)s
    AND (%(patient)s::text IS NULL OR patient = %(patient)s)
    AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
ORDER BY position LIMIT %(limit)s

-- name: read_patient
SELECT position FROM event
WHERE site = %(site)s AND patient = %(patient)s AND encounter IS NULL AND position > %(after)s AND position <= %(upto)s
    AND occurred_at >= %(since)s
    AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
ORDER BY position LIMIT %(limit)s

-- name: stays
SELECT encounter FROM stay WHERE site = %s AND patient = %s ORDER BY encounter

-- name: stays_standing
SELECT patient, encounter FROM stay WHERE site = %s AND patient = ANY(%s)

-- name: add_stay
INSERT INTO stay (site, patient, encounter) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING

-- name: read_one
SELECT position, digest, record FROM event WHERE site = %s AND position = ANY(%s)

-- name: find
SELECT position FROM event WHERE site = %(site)s AND id >= %(low)s AND id < %(high)s ORDER BY id LIMIT 2

-- name: find_exactly
SELECT position FROM event WHERE site = %s AND id = %s

-- name: caused
SELECT position FROM cause WHERE site = %s AND cause = %s ORDER BY position

-- name: verify_batches
SELECT first, last, recorded_at, root, head FROM batch WHERE site = %s AND last > %s ORDER BY last LIMIT %s

-- name: verify_events
SELECT position, id, kind, encounter, patient, occurred_at, known_at, digest, record
FROM event WHERE site = %s AND position > %s AND position <= %s ORDER BY position

-- name: causes_standing
SELECT cause, position FROM cause WHERE site = %s AND position BETWEEN %s AND %s AND cause = ANY(%s)

-- name: causes_in_all
SELECT count(*) FROM cause WHERE site = %s AND position <= %s

-- name: head_at
SELECT head FROM batch WHERE site = %s AND last = %s

-- name: first_records
SELECT event.site, event.record
FROM site JOIN event ON event.site = site.number AND event.position = 1

-- name: orphan
SELECT position FROM event WHERE site NOT IN (SELECT number FROM site) LIMIT 1

-- name: stray_position
WITH asked AS (SELECT %s::bigint AS site)
SELECT event.position FROM asked JOIN event ON event.site = asked.site
WHERE event.position < 1
    OR event.position > coalesce((SELECT max(last) FROM batch WHERE batch.site = asked.site), 0)
UNION ALL
SELECT batch.last FROM asked JOIN batch ON batch.site = asked.site WHERE batch.last < 1
LIMIT 1

-- name: put_checkpoint
INSERT INTO checkpoint (site, position, head) VALUES (%s, %s, %s)
ON CONFLICT (site) DO UPDATE SET position = excluded.position, head = excluded.head

-- name: checkpoint
SELECT position, head FROM checkpoint WHERE site = %s

-- name: hold
INSERT INTO lease (site, token, holder, until)
VALUES (%(site)s, 1, %(holder)s, clock_timestamp() + %(seconds)s * interval '1 second')
ON CONFLICT (site) DO UPDATE SET token = lease.token + 1, holder = excluded.holder, until = excluded.until
WHERE lease.until IS NULL OR lease.until <= clock_timestamp()
    OR (%(heir_of)s::text <> '' AND position(%(heir_of)s::text IN lease.holder) > 0)
RETURNING token

-- name: renew
UPDATE lease SET until = clock_timestamp() + %(seconds)s * interval '1 second'
WHERE site = (SELECT number FROM site WHERE name = %(site)s) AND token = %(token)s
RETURNING token

-- name: let_go
UPDATE lease SET until = clock_timestamp()
WHERE site = (SELECT number FROM site WHERE name = %s) AND token = %s

-- name: holder
SELECT lease.holder, extract(epoch FROM lease.until - clock_timestamp())::float8
FROM lease JOIN site ON site.number = lease.site WHERE site.name = %s

-- name: archived
SELECT first, last, file, sha256, head_before, head_after, begins, ends FROM archived WHERE site = %s ORDER BY last

-- name: archived_upto
SELECT max(last) FROM archived WHERE site = %s

-- name: record_sizes
SELECT position, octet_length(record) FROM event WHERE site = %s AND position BETWEEN %s AND %s

-- name: add_archived
INSERT INTO archived (site, first, last, file, sha256, head_before, head_after, begins, ends)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)

-- name: let_go_of_records
UPDATE event SET record = '' WHERE site = %s AND position BETWEEN %s AND %s
