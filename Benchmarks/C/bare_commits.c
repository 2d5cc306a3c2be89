// The floor under a durable decision: the same SQL, rows and commits as the store makes for one offline approval, from
// prepared statements, and nothing else. No rules, no hashing, no JSON.
//
//   bare_commits FILE COUNT BODY-BYTES DECISION-BYTES
//
// The file is one that the store has made and filled (StoreBench … prepare). Prints payments per second.
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sqlite3 *database;

static void check(int code, int wanted, const char *what)
{
    if (code != wanted) {
        fprintf(stderr, "bare_commits: %s: %s\n", what, sqlite3_errmsg(database));
        exit(1);
    }
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), SQLITE_OK, sql);
    return statement;
}

/// Runs a bound statement to its end and makes it ready again.
static void run(sqlite3_stmt *statement)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int column = 0; column < sqlite3_column_count(statement); column++) {
            (void)sqlite3_column_type(statement, column);
        }
    }
    check(code, SQLITE_DONE, sqlite3_sql(statement));
    sqlite3_reset(statement);
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    int count = atoi(argv[2]), body_bytes = atoi(argv[3]), decision_bytes = atoi(argv[4]);
    check(sqlite3_open(argv[1], &database), SQLITE_OK, "open");
    // The file brings its page size; the log is as long in bytes as the store's.
    sqlite3_stmt *size = NULL;
    check(sqlite3_prepare_v2(database, "PRAGMA page_size", -1, &size, NULL), SQLITE_OK, "page size");
    check(sqlite3_step(size), SQLITE_ROW, "page size");
    int checkpoint = (4 << 20) / sqlite3_column_int(size, 0);
    sqlite3_finalize(size);
    char settings[256];
    snprintf(settings, sizeof(settings),
             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
             "PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=%d", checkpoint);
    check(sqlite3_exec(database, settings, NULL, NULL, NULL), SQLITE_OK, "settings");
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT");
    sqlite3_stmt *intent = prepare(
        "INSERT INTO payment (id, reference, kind, amount, currency, state, started_at, content) "
        "VALUES (?, ?, 'purchase', ?, ?, 'open', ?, NULL)");
    sqlite3_stmt *state = prepare("SELECT state, reference FROM payment WHERE id = ?");
    sqlite3_stmt *account = prepare(
        "SELECT id, programme, account.version, currency, status, last_day, purses, counted_through, counted_day, "
        "counted_purchases, counted_amount, allowance_amount, allowance_count, allowance_single, open_holds, pin, kind, virtual FROM instrument "
        "JOIN account ON account.generation = instrument.generation AND account.id = instrument.account "
        "WHERE instrument.generation = (SELECT generation FROM terminal) AND pseudonym = ?");
    sqlite3_stmt *sums = prepare(
        "SELECT day, purchases, offline, approvals, hold, hold_sequence, lines "
        "FROM spend WHERE account = ? AND account_sequence > ?");
    sqlite3_stmt *numbered = prepare("SELECT next_sequence FROM numbering WHERE account = ?");
    sqlite3_stmt *stopped = prepare(
        "SELECT reason FROM stop WHERE generation = (SELECT generation FROM terminal) AND pseudonym = ?");
    sqlite3_stmt *exposure = prepare("SELECT amount FROM exposure WHERE currency = ?");
    sqlite3_stmt *bounced = prepare(
        "SELECT payment, amount, currency FROM declined WHERE state = 'open' AND instrument = ? ORDER BY declined_at LIMIT 1");
    sqlite3_stmt *span = prepare("SELECT (SELECT max(sequence) FROM outbox) - (SELECT min(sequence) FROM outbox) + 1");
    sqlite3_stmt *synced = prepare("SELECT synced_at FROM terminal WHERE synced_at IS NOT NULL");
    sqlite3_stmt *head = prepare("SELECT next_sequence, chain, sealed_from, marks, head_seal FROM terminal");
    sqlite3_stmt *journal = prepare(
        "INSERT INTO journal (sequence, id, payment, body, body_hash, chain, seal) VALUES (?, ?, ?, ?, ?, ?, NULL)");
    sqlite3_stmt *outbox = prepare(
        "INSERT INTO outbox (sequence, kind, currency, exposure, account) VALUES (?, ?, ?, ?, ?)");
    sqlite3_stmt *add = prepare(
        "INSERT INTO exposure (currency, amount) VALUES (?, ?) "
        "ON CONFLICT (currency) DO UPDATE SET amount = amount + excluded.amount");
    sqlite3_stmt *number = prepare(
        "INSERT INTO numbering (account, next_sequence) VALUES (?, ?) ON CONFLICT (account) DO UPDATE "
        "SET next_sequence = excluded.next_sequence WHERE next_sequence < excluded.next_sequence");
    sqlite3_stmt *spend = prepare(
        "INSERT INTO spend (account, account_sequence, day, purchases, offline, approvals, hold, hold_sequence, lines) "
        "VALUES (?, ?, ?, 1, 1, 1, NULL, NULL, ?)");
    sqlite3_stmt *terminal = prepare(
        "UPDATE terminal SET next_sequence = ?, chain = ?, head_seal = NULL, high_water = MAX(high_water, ?)");
    sqlite3_stmt *close = prepare(
        "UPDATE payment SET state = ?, decided_at = ?, programme = ?, online = ?, decision = ?, authorisation_code = ?, "
        "kind = ?, account = ?, account_sequence = ?, merchant = ?, taken = ?, split = ?, expires_at = ? "
        "WHERE id = ? AND state = 'open'");
    char *body = malloc((size_t)body_bytes), *decision = malloc((size_t)decision_bytes);
    memset(body, 'b', (size_t)body_bytes);
    memset(decision, 'd', (size_t)decision_bytes);
    uint8_t id[16] = {1}, record[16] = {2}, hash[32] = {3}, pseudonym[16];
    memset(pseudonym, 7, sizeof(pseudonym));
    int64_t now = 1795258800000;

    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 1; i <= count; i++) {
        char name[24];
        int64_t owner = (i - 1) / 5; // five payments an account, as StoreBench has it
        snprintf(name, sizeof(name), "A%lld", (long long)owner);
        memcpy(pseudonym + 8, &owner, sizeof(owner));
        memcpy(id + 8, &i, sizeof(i));
        memcpy(record + 8, &i, sizeof(i));
        run(begin);
        sqlite3_bind_blob(intent, 1, id, 16, SQLITE_STATIC);
        sqlite3_bind_null(intent, 2);
        sqlite3_bind_int64(intent, 3, 100);
        sqlite3_bind_text(intent, 4, "SEK", -1, SQLITE_STATIC);
        sqlite3_bind_int64(intent, 5, now);
        run(intent);
        run(commit);

        run(begin);
        sqlite3_bind_blob(state, 1, id, 16, SQLITE_STATIC);
        run(state);
        sqlite3_bind_blob(account, 1, pseudonym, 16, SQLITE_STATIC);
        run(account);
        sqlite3_bind_text(sums, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(sums, 2, 0);
        run(sums);
        sqlite3_bind_text(numbered, 1, name, -1, SQLITE_STATIC);
        run(numbered);
        sqlite3_bind_blob(stopped, 1, pseudonym, 16, SQLITE_STATIC);
        run(stopped);
        sqlite3_bind_text(exposure, 1, "SEK", -1, SQLITE_STATIC);
        run(exposure);
        run(synced);
        sqlite3_bind_blob(bounced, 1, pseudonym, 16, SQLITE_STATIC);
        run(bounced);
        run(span);
        run(head);
        sqlite3_bind_int64(journal, 1, i);
        sqlite3_bind_blob(journal, 2, record, 16, SQLITE_STATIC);
        sqlite3_bind_blob(journal, 3, id, 16, SQLITE_STATIC);
        sqlite3_bind_blob(journal, 4, body, body_bytes, SQLITE_STATIC);
        sqlite3_bind_blob(journal, 5, hash, 32, SQLITE_STATIC);
        sqlite3_bind_blob(journal, 6, hash, 32, SQLITE_STATIC);
        run(journal);
        sqlite3_bind_int64(outbox, 1, i);
        sqlite3_bind_text(outbox, 2, "offlineApproval", -1, SQLITE_STATIC);
        sqlite3_bind_text(outbox, 3, "SEK", -1, SQLITE_STATIC);
        sqlite3_bind_int64(outbox, 4, 100);
        sqlite3_bind_text(outbox, 5, name, -1, SQLITE_STATIC);
        run(outbox);
        sqlite3_bind_text(add, 1, "SEK", -1, SQLITE_STATIC);
        sqlite3_bind_int64(add, 2, 100);
        run(add);
        sqlite3_bind_text(number, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(number, 2, (i - 1) % 5 + 2);
        run(number);
        sqlite3_bind_text(spend, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(spend, 2, (i - 1) % 5 + 1);
        sqlite3_bind_text(spend, 3, "2026-11-21", -1, SQLITE_STATIC);
        sqlite3_bind_text(spend, 4, "prepaid\t-\t100\t100\t100\t100", -1, SQLITE_STATIC);
        run(spend);
        sqlite3_bind_int64(terminal, 1, i + 1);
        sqlite3_bind_blob(terminal, 2, hash, 32, SQLITE_STATIC);
        sqlite3_bind_int64(terminal, 3, now);
        run(terminal);
        sqlite3_bind_text(close, 1, "approved", -1, SQLITE_STATIC);
        sqlite3_bind_int64(close, 2, now);
        sqlite3_bind_text(close, 3, "epassi-card", -1, SQLITE_STATIC);
        sqlite3_bind_int(close, 4, 0);
        sqlite3_bind_text(close, 5, decision, decision_bytes, SQLITE_STATIC);
        sqlite3_bind_null(close, 6);
        sqlite3_bind_text(close, 7, "purchase", -1, SQLITE_STATIC);
        sqlite3_bind_text(close, 8, name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(close, 9, (i - 1) % 5 + 1);
        sqlite3_bind_text(close, 10, "M1", -1, SQLITE_STATIC);
        sqlite3_bind_int64(close, 11, 100);
        sqlite3_bind_text(close, 12, "prepaid\t-\t100\t100", -1, SQLITE_STATIC);
        sqlite3_bind_null(close, 13);
        sqlite3_bind_blob(close, 14, id, 16, SQLITE_STATIC);
        run(close);
        run(commit);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.1f\n", count / ((double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9));
    return 0;
}
