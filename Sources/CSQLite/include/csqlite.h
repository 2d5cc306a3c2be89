// SQLite calls that Swift can't make: they are variadic.
#ifndef CSQLITE_H
#define CSQLITE_H

#include <sqlite3.h>

/// Whether the log is moved into the file when the connection closes (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE). Returns SQLite's result code.
int kassa_checkpoints_on_close(sqlite3 *database, int checkpoints);

#endif
