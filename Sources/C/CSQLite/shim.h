#pragma once

#include <sqlite3.h>

// SQLITE_TRANSIENT is a cast that Swift cannot see. It makes SQLite copy the bytes, so that nothing of the caller's is kept.
// A null pointer would bind NULL instead of no bytes.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}
