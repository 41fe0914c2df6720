-- name: door
SELECT number FROM door WHERE site = ? AND source = ?

-- name: add_door
INSERT INTO door (site, source) VALUES (?, ?) RETURNING number

-- name: doors
SELECT number FROM door WHERE site = ? ORDER BY number

-- name: last_sequence
SELECT coalesce(max(sequence), 0) FROM receipt

-- name: recognise
SELECT
    (SELECT sequence FROM fingerprint WHERE door = ?1 AND control_id = ?2 AND sha256 = ?3),
    EXISTS (SELECT 1 FROM fingerprint WHERE door = ?1 AND control_id = ?2)

-- name: refused_before
SELECT receipt.holder FROM receipt JOIN body ON body.sequence = receipt.holder
WHERE receipt.raw = ? AND receipt.door = ? AND receipt.receipt = 'refused' LIMIT 1

-- name: add_fingerprint
INSERT INTO fingerprint (door, control_id, sha256, sequence) VALUES (?, ?, ?, ?)

-- name: add_receipt
INSERT INTO receipt (sequence, door, raw, listener, control_id, received_at, receipt, refusal, holder, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_body
INSERT INTO body (sequence, received_at, bytes, key) VALUES (?, ?, ?, ?)

-- name: count_receipt
INSERT INTO tally (site, receipt, receipts) VALUES (?, ?, ?)
ON CONFLICT (site, receipt) DO UPDATE SET receipts = receipts + excluded.receipts

-- name: put_last_receipt
INSERT INTO last_receipt (door, received_at) VALUES (?, ?)
ON CONFLICT (door) DO UPDATE SET received_at = excluded.received_at

-- name: pending
SELECT receipt.sequence FROM receipt INDEXED BY receipt_pending
JOIN body ON body.sequence = receipt.holder
WHERE receipt.door = :door AND receipt.receipt IN ('stored', 'conflict') AND receipt.sequence > :after
ORDER BY receipt.sequence LIMIT :limit

-- name: waiting
SELECT count(*) FROM receipt INDEXED BY receipt_pending
WHERE door = ? AND receipt IN ('stored', 'conflict') AND sequence > ?

-- name: refused
SELECT receipt.sequence FROM receipt INDEXED BY receipt_refused
JOIN body ON body.sequence = receipt.holder
WHERE receipt.door = :door AND receipt.receipt = 'refused'
ORDER BY receipt.sequence DESC LIMIT :limit

-- name: raw
SELECT receipt.raw, receipt.sequence, door.site, door.source, receipt.listener, receipt.control_id,
    receipt.received_at, receipt.receipt, receipt.refusal, receipt.holder, body.key, body.bytes
FROM receipt JOIN door ON door.number = receipt.door LEFT JOIN body ON body.sequence = receipt.holder
WHERE receipt.sequence = ?

-- name: find
SELECT receipt.sequence FROM receipt
WHERE receipt.raw = ?
ORDER BY receipt.receipt = 'refused', receipt.sequence LIMIT 1

-- name: tallies
SELECT receipt, receipts FROM tally WHERE site = ?

-- name: last_received
SELECT door.source, last_receipt.received_at
FROM door JOIN last_receipt ON last_receipt.door = door.number WHERE door.site = ? ORDER BY door.source

-- name: prune
DELETE FROM body WHERE sequence IN (
    SELECT sequence FROM body INDEXED BY body_age
    WHERE received_at < :before AND sequence <= :upto ORDER BY received_at, sequence LIMIT :limit
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
SELECT count(*) FROM body INDEXED BY body_sealed WHERE key = ? AND key <> ''

-- name: bodies
SELECT count(*) FROM body

-- name: sealings
SELECT key FROM sealing ORDER BY key

-- name: add_sealing
INSERT INTO sealing (key) VALUES (?)

-- name: verify_receipts
SELECT receipt.sequence, receipt.door, receipt.raw, receipt.listener, receipt.control_id, receipt.received_at,
    receipt.receipt, receipt.refusal, receipt.holder, receipt.digest, door.site, door.source, body.received_at
FROM receipt LEFT JOIN door ON door.number = receipt.door LEFT JOIN body ON body.sequence = receipt.sequence
WHERE receipt.sequence > ? ORDER BY receipt.sequence LIMIT ?

-- name: fingerprints_of
SELECT sha256 FROM fingerprint WHERE door = ? AND control_id = ? AND sequence = ?

-- name: raw_of
SELECT raw FROM receipt WHERE sequence = ?

-- name: strays
SELECT 'body ' || sequence FROM body WHERE sequence NOT IN (SELECT holder FROM receipt)
UNION ALL
SELECT 'fingerprint ' || sequence FROM fingerprint
WHERE sequence NOT IN (SELECT sequence FROM receipt WHERE receipt IN ('stored', 'conflict'))
UNION ALL
SELECT 'door ' || number FROM door WHERE number NOT IN (SELECT door FROM receipt)
LIMIT 1

-- name: all_tallies
SELECT site, receipt, receipts FROM tally WHERE receipts <> 0

-- name: all_last
SELECT door, received_at FROM last_receipt
