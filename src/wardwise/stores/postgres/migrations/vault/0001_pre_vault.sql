CREATE TABLE person (
    token      TEXT COLLATE "C" PRIMARY KEY,
    authority  TEXT COLLATE "C" NOT NULL,
    identifier TEXT COLLATE "C" NOT NULL
);
