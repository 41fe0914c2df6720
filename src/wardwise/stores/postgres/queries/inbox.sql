-- name: take_turn
SELECT pg_advisory_xact_lock(hashtext('wardwise inbox'), hashtext(current_schema()))

-- name: door
SELECT number FROM door WHERE site = %s AND source = %s

-- name: add_door
INSERT INTO door (site, source) VALUES (%s, %s) ON CONFLICT (site, source) DO UPDATE SET source = excluded.source
RETURNING number

-- name: doors
SELECT number FROM door WHERE site = %s ORDER BY number

-- name: last_sequence
SELECT coalesce(max(sequence), 0) FROM receipt

-- name: recognise
SELECT
    (SELECT known.sequence FROM fingerprint AS known
     WHERE known.door = asked.door AND known.control = asked.control AND known.sha256 = asked.sha256),
    (SELECT 1 FROM fingerprint AS known
     WHERE known.door = asked.door AND known.control = asked.control LIMIT 1) IS NOT NULL
FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[]) WITH ORDINALITY AS asked (door, control, sha256, place)
ORDER BY asked.place

-- name: refused_before
SELECT
    (SELECT min(receipt.holder) FROM receipt JOIN body ON body.sequence = receipt.holder
     WHERE receipt.raw = asked.raw AND receipt.door = asked.door AND receipt.receipt = 'refused')
FROM unnest(%b::text[], %b::bigint[]) WITH ORDINALITY AS asked (raw, door, place)
ORDER BY asked.place

-- name: store
SELECT store(
    %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bigint[],
    %b::text[], %b::text[], %b::bigint[], %b::bytea[],
    %b::bigint[], %b::bigint[], %b::bytea[], %b::text[],
    %b::bigint[], %b::bytea[], %b::bytea[], %b::bigint[],
    %b::text[], %b::text[], %b::bigint[],
    %b::bigint[], %b::bigint[]
)

-- name: keep
SELECT keep(
    %s::bigint,
    %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bigint[],
    %b::text[], %b::text[], %b::bigint[], %b::bytea[],
    %b::bigint[], %b::bigint[], %b::bytea[], %b::text[],
    %b::bigint[], %b::bytea[], %b::bytea[], %b::bigint[],
    %b::text[], %b::text[], %b::bigint[],
    %b::bigint[], %b::bigint[]
)

-- name: pending
SELECT receipt.sequence FROM receipt
JOIN body ON body.sequence = receipt.holder
WHERE receipt.door = %(door)s AND receipt.receipt IN ('stored', 'conflict') AND receipt.sequence > %(after)s
ORDER BY receipt.sequence LIMIT %(limit)s

-- name: waiting
SELECT count(*) FROM receipt
WHERE door = %s AND receipt IN ('stored', 'conflict') AND sequence > %s

-- name: refused
SELECT receipt.sequence FROM receipt
JOIN body ON body.sequence = receipt.holder
WHERE receipt.door = %(door)s AND receipt.receipt = 'refused'
ORDER BY receipt.sequence DESC LIMIT %(limit)s

-- name: raw
SELECT receipt.raw, receipt.sequence, door.site, door.source, receipt.listener, receipt.control_id,
    receipt.received_at, receipt.receipt, receipt.refusal, receipt.holder, body.key, body.bytes
FROM receipt JOIN door ON door.number = receipt.door LEFT JOIN body ON body.sequence = receipt.holder
WHERE receipt.sequence = ANY(%s)

-- name: find
SELECT receipt.sequence FROM receipt
WHERE receipt.raw = %s
ORDER BY receipt.receipt = 'refused', receipt.sequence LIMIT 1

-- name: tallies
SELECT receipt, receipts FROM tally WHERE site = %s

-- name: last_received
SELECT door.source, last_receipt.received_at
FROM door JOIN last_receipt ON last_receipt.door = door.number WHERE door.site = %s ORDER BY door.source

-- name: prune
DELETE FROM body WHERE sequence IN (
    SELECT sequence FROM body
    WHERE received_at < %(before)s AND sequence <= %(upto)s ORDER BY received_at, sequence LIMIT %(limit)s
)
RETURNING sequence

-- name: keys
WITH RECURSIVE each (key) AS (
    SELECT min(key) FROM body WHERE key <> ''
    UNION ALL
    SELECT (SELECT min(key) FROM body WHERE key <> '' AND key > each.key) FROM each WHERE each.key IS NOT NULL
)
SELECT key FROM each WHERE key IS NOT NULL

-- name: sealed_by
SELECT count(*) FROM body WHERE key = %s AND key <> ''

-- name: bodies
SELECT count(*) FROM body

-- name: sealings
SELECT key FROM sealing ORDER BY key

-- name: add_sealing
INSERT INTO sealing (key) VALUES (%s) ON CONFLICT DO NOTHING

-- name: verify_receipts
SELECT receipt.sequence, receipt.door, receipt.raw, receipt.listener, receipt.control_id, receipt.received_at,
    receipt.receipt, receipt.refusal, receipt.holder, receipt.digest, door.site, door.source, body.received_at
FROM receipt LEFT JOIN door ON door.number = receipt.door LEFT JOIN body ON body.sequence = receipt.sequence
WHERE receipt.sequence > %s ORDER BY receipt.sequence LIMIT %s

-- name: fingerprints_of
SELECT sha256 FROM fingerprint WHERE door = %s AND control = sha256(convert_to(%s, 'UTF8')) AND sequence = %s

-- name: raw_of
SELECT raw FROM receipt WHERE sequence = %s

-- name: strays
SELECT 'body ' || sequence FROM body
WHERE NOT EXISTS (SELECT 1 FROM receipt WHERE receipt.sequence = body.sequence AND receipt.holder = body.sequence)
UNION ALL
SELECT 'fingerprint ' || sequence FROM fingerprint
WHERE NOT EXISTS (
    SELECT 1 FROM receipt
    WHERE receipt.sequence = fingerprint.sequence AND receipt.receipt IN ('stored', 'conflict')
)
UNION ALL
SELECT 'door ' || number FROM door WHERE NOT EXISTS (SELECT 1 FROM receipt WHERE receipt.door = door.number)
LIMIT 1

-- name: all_tallies
SELECT site, receipt, receipts FROM tally WHERE receipts <> 0

-- name: all_last
SELECT door, received_at FROM last_receipt
