#pragma once

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <microhttpd.h>
#include "sockets.h"

// What a daemon is started with. MHD_start_daemon is variadic, which Swift cannot call.
typedef struct cmhd_options {
    int listen_socket;
    unsigned connection_limit;
    unsigned idle_timeout_seconds;
    size_t connection_memory;
    void *context;  // handed to every callback
    MHD_AcceptPolicyCallback policy;  // NULL to take every connection
    MHD_AccessHandlerCallback access;
    void *(*uri)(void *context, const char *uri, struct MHD_Connection *connection);
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
    void (*log)(void *context, const char *line);
} cmhd_options;

static inline void cmhd_log(void *options, const char *format, va_list arguments) {
    const cmhd_options *o = options;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    o->log(o->context, line);
}

// The default decodes %00 and cuts the target there; ours is decoded segment by segment, after it was split.
static inline size_t cmhd_leave_escapes(void *context, struct MHD_Connection *connection, char *text) {
    (void)context, (void)connection;
    return strlen(text);
}

// `options` must outlive the daemon.
static inline struct MHD_Daemon *cmhd_start(cmhd_options *o) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, o->policy, o->context, o->access,
        o->context,
        MHD_OPTION_EXTERNAL_LOGGER, cmhd_log, o,  // first, so that it hears of the others
        MHD_OPTION_LISTEN_SOCKET, o->listen_socket, MHD_OPTION_CONNECTION_LIMIT, o->connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->connection_memory,
        MHD_OPTION_URI_LOG_CALLBACK, o->uri, o->context, MHD_OPTION_UNESCAPE_CALLBACK, cmhd_leave_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, o->completed, o->context, MHD_OPTION_NOTIFY_CONNECTION, o->connection, o->context,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

static inline int cmhd_epoll(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

// Milliseconds until the daemon must run again without an event; -1 for never.
static inline long long cmhd_timeout(struct MHD_Daemon *daemon) {
    MHD_UNSIGNED_LONG_LONG milliseconds;
    return MHD_get_timeout(daemon, &milliseconds) == MHD_YES ? (long long)milliseconds : -1;
}

static inline int cmhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static inline void *cmhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static inline int cmhd_client(struct MHD_Connection *connection, cmhd_address *address) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info && cmhd_peer(info->client_addr, address);
}

// Has libmicrohttpd see that a connection was shut down, whatever it does with it; 1 when it has to be taken back by
// cmhd_overlook before the socket is closed.
//
// A connection with a full buffer of which nothing can be used is not read, and one that never was read to its end is not in
// libmicrohttpd's epoll set either: the shutdown reaches nobody, and it is looked at again and again. In the set, under the
// mark that libmicrohttpd gives its connections there, it is told of the hang-up and closes it. It must not be suspended.
static inline int cmhd_notice(int epoll, int s, struct MHD_Connection *connection) {
#if MHD_VERSION >= 0x00097500 && MHD_VERSION <= 0x01000199
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLET, .data.ptr = connection};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, s, &event) == 0;
#else
    // Another version may have other marks: its own limit, a second at least, ends the connection.
    MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 1);
    return 0;
#endif
}

static inline void cmhd_overlook(int epoll, int s) {
    epoll_ctl(epoll, EPOLL_CTL_DEL, s, NULL);
}

static inline size_t cmhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

typedef struct cmhd_field {
    const char *name, *value;
    size_t name_length, value_length;
    int is_proper;  // the name is a token, the value holds no line end and no NUL
    int is_plain;   // the value is ASCII
} cmhd_field;

// RFC 9110 section 5.6.2.
static inline int cmhd_is_token(const char *name, size_t length) {
    static const unsigned char is_mark[256] = {
        ['a' ... 'z'] = 1, ['A' ... 'Z'] = 1, ['0' ... '9'] = 1, ['!'] = 1,  ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1,
        ['*'] = 1,         ['+'] = 1,         ['-'] = 1,         ['.'] = 1,  ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1,
    };
    unsigned char all = length > 0;
    for (size_t i = 0; i < length; i++) all &= is_mark[(unsigned char)name[i]];
    return all;
}

// RFC 9110 section 5.5: no line end and no NUL; says of the rest whether it is ASCII.
static inline int cmhd_is_value(const char *value, size_t length, int *is_plain) {
    uint64_t all = 0, low = 0;
    // Eight bytes at a time, since values are long: whether a byte is 0x80 or more, and whether one is less than 0x0E.
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = UINT64_C(0x0101010101010101) * 'a';
        if (length - i >= sizeof word) {
            memcpy(&word, value + i, sizeof word);
        } else {
            memcpy(&word, value + i, length - i);
        }
        all |= word;
        low |= (word - UINT64_C(0x0E0E0E0E0E0E0E0E)) & ~word;
    }
    *is_plain = !(all & UINT64_C(0x8080808080808080));
    if (!(low & UINT64_C(0x8080808080808080))) return 1;
    // It may be a tab.
    for (size_t i = 0; i < length; i++) {
        if (value[i] == 0 || value[i] == '\r' || value[i] == '\n') return 0;
    }
    return 1;
}

typedef struct cmhd_fields {
    cmhd_field *fields;
    size_t count, capacity;
    size_t entries;  // all that libmicrohttpd keeps of the head: header fields, cookies and query items
    int has_cookies;
} cmhd_fields;

static inline enum MHD_Result cmhd_take_field(
    void *context, enum MHD_ValueKind kind, const char *name, size_t name_length, const char *value, size_t value_length) {
    cmhd_fields *all = context;
    all->entries++;
    if (kind == MHD_COOKIE_KIND) all->has_cookies = 1;
    if (kind != MHD_HEADER_KIND) return MHD_YES;
    if (all->count < all->capacity) {
        cmhd_field *field = &all->fields[all->count];
        if (!value) value_length = 0;
        *field = (cmhd_field){name, value, name_length, value_length, 0, 0};
        field->is_proper = cmhd_is_token(name, name_length) & cmhd_is_value(value, value_length, &field->is_plain);
    }
    all->count++;
    return MHD_YES;
}

// The header fields as sent, repeats and all; their count may be more than fit.
static inline cmhd_fields cmhd_header_fields(struct MHD_Connection *connection, cmhd_field *fields, size_t capacity) {
    cmhd_fields all = {fields, 0, capacity, 0, 0};
    MHD_get_connection_values_n(
        connection, MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND, cmhd_take_field, &all);
    return all;
}

// How many items a query may have at most: the pieces between its ampersands.
static inline size_t cmhd_count_items(const char *target, size_t length) {
    size_t count = 1;
    for (size_t i = 0; i < length; i++) count += target[i] == '&';
    return count;
}

// Puts the bytes back that HeaderText carries as U+10FF80 to U+10FFFF (F4 8F BE 80 to F4 8F BF BF); returns the new length.
static inline size_t cmhd_unescape(char *text, size_t length) {
    size_t to = 0;
    for (size_t from = 0; from < length; to++) {
        const unsigned char *at = (const unsigned char *)text + from;
        if (length - from >= 4 && at[0] == 0xf4 && at[1] == 0x8f && (at[2] == 0xbe || at[2] == 0xbf)) {
            text[to] = (char)(at[2] == 0xbe ? at[3] : at[3] | 0x40);
            from += 4;
        } else {
            text[to] = text[from++];
        }
    }
    return to;
}

// Adds a header from text that does not end in NUL. Swift's own way to a C string allocates one for every name and value.
// A field with a NUL or a line end would be another field to some reader: it is left out, as libmicrohttpd leaves it out.
static inline int cmhd_add_header(
    struct MHD_Response *response, const char *name, size_t name_length, const char *value, size_t value_length) {
    char small[1024], *text = small;
    int is_plain;
    if (!cmhd_is_token(name, name_length) || !cmhd_is_value(value, value_length, &is_plain)) return 0;
    if (name_length + value_length + 2 > sizeof small && !(text = malloc(name_length + value_length + 2))) return 0;
    memcpy(text, name, name_length);
    text[name_length] = 0;
    if (value_length) memcpy(text + name_length + 1, value, value_length);
    if (!is_plain) value_length = cmhd_unescape(text + name_length + 1, value_length);
    text[name_length + 1 + value_length] = 0;
    int added = MHD_add_response_header(response, text, text + name_length + 1) == MHD_YES;
    if (text != small) free(text);
    return added;
}
