-- A group of arrivals is stored by one statement: the columns of its receipts, bodies and fingerprints, how many
-- receipts of each sort there are, and when each door was heard.
CREATE FUNCTION store(
    sequences BIGINT[], doors BIGINT[], raws TEXT[], listeners TEXT[], control_ids TEXT[], received BIGINT[],
    receipts TEXT[], refusals TEXT[], holders BIGINT[], digests BYTEA[],
    body_sequences BIGINT[], body_received BIGINT[], bodies BYTEA[], keys TEXT[],
    print_doors BIGINT[], controls BYTEA[], hashes BYTEA[], print_sequences BIGINT[],
    sites TEXT[], sorts TEXT[], counts BIGINT[],
    heard_doors BIGINT[], heard BIGINT[]
) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO receipt (
        sequence, door, raw, listener, control_id, received_at, receipt, refusal, holder, digest
    )
    SELECT * FROM unnest(
        sequences, doors, raws, listeners, control_ids, received, receipts, refusals, holders, digests
    );
    INSERT INTO body (sequence, received_at, bytes, key)
    SELECT * FROM unnest(body_sequences, body_received, bodies, keys);
    INSERT INTO fingerprint (door, control, sha256, sequence)
    SELECT * FROM unnest(print_doors, controls, hashes, print_sequences);
    INSERT INTO tally (site, receipt, receipts)
    SELECT * FROM unnest(sites, sorts, counts)
    ON CONFLICT (site, receipt) DO UPDATE SET receipts = tally.receipts + excluded.receipts;
    INSERT INTO last_receipt (door, received_at)
    SELECT * FROM unnest(heard_doors, heard)
    ON CONFLICT (door) DO UPDATE SET received_at = excluded.received_at;
END
$$;

-- The same for a group that is all new, if `first` is the receipt that comes next; stores nothing and says so if not.
-- Each statement here sees what was committed while the turn was waited for.
CREATE FUNCTION keep(
    first BIGINT,
    sequences BIGINT[], doors BIGINT[], raws TEXT[], listeners TEXT[], control_ids TEXT[], received BIGINT[],
    receipts TEXT[], refusals TEXT[], holders BIGINT[], digests BYTEA[],
    body_sequences BIGINT[], body_received BIGINT[], bodies BYTEA[], keys TEXT[],
    print_doors BIGINT[], controls BYTEA[], hashes BYTEA[], print_sequences BIGINT[],
    sites TEXT[], sorts TEXT[], counts BIGINT[],
    heard_doors BIGINT[], heard BIGINT[]
) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('wardwise inbox'), hashtext(current_schema()));
    IF first <> (SELECT coalesce(max(sequence), 0) + 1 FROM receipt) THEN
        RETURN FALSE;
    END IF;
    IF EXISTS (
        SELECT 1 FROM unnest(print_doors, controls, hashes) AS asked (door, control, sha256)
        CROSS JOIN LATERAL (
            SELECT 1 FROM fingerprint AS known
            WHERE known.door = asked.door AND known.control = asked.control
                AND (known.sha256 = asked.sha256 OR asked.control <> sha256(''))
            LIMIT 1 -- looked up one by one whatever the planner thought of the table when it was empty
        ) AS found
    ) THEN
        RETURN FALSE;
    END IF;
    PERFORM store(
        sequences, doors, raws, listeners, control_ids, received, receipts, refusals, holders, digests,
        body_sequences, body_received, bodies, keys, print_doors, controls, hashes, print_sequences,
        sites, sorts, counts, heard_doors, heard
    );
    RETURN TRUE;
END
$$;
