#pragma once

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>
#include <fcntl.h>
#include <microhttpd.h>

// What a daemon is started with. MHD_start_daemon is variadic, which Swift cannot call.
typedef struct cmhd_options {
    int listen_socket;
    unsigned connection_limit;
    unsigned idle_timeout_seconds;
    size_t connection_memory;
    void *context;  // handed to every callback
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
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, o->access, o->context,
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

static inline size_t cmhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info ? info->header_size : 0;
}

typedef struct cmhd_field {
    const char *name, *value;
    size_t name_length, value_length;
    int is_proper;  // the name is a token, the value holds no line end and no NUL
} cmhd_field;

// RFC 9110 section 5.6.2 for the name, 5.5 for the value.
static inline int cmhd_is_proper(const char *name, size_t name_length, const char *value, size_t value_length) {
    static const char marks[] = "!#$%&'*+-.^_`|~";
    if (!name_length) return 0;
    for (size_t i = 0; i < name_length; i++) {
        unsigned char c = (unsigned char)name[i], letter = c | 0x20;
        if ((letter >= 'a' && letter <= 'z') || c == '-' || (c >= '0' && c <= '9')) continue;
        if (!c || !memchr(marks, c, sizeof marks - 1)) return 0;
    }
    return !value_length || (!memchr(value, '\r', value_length) && !memchr(value, '\n', value_length) && !memchr(value, 0, value_length));
}

typedef struct cmhd_fields {
    cmhd_field *fields;
    size_t count, capacity;
} cmhd_fields;

static inline enum MHD_Result cmhd_take_field(
    void *context, enum MHD_ValueKind kind, const char *name, size_t name_length, const char *value, size_t value_length) {
    (void)kind;
    cmhd_fields *all = context;
    if (all->count < all->capacity) {
        if (!value) value_length = 0;
        all->fields[all->count] = (cmhd_field){
            name, value, name_length, value_length, cmhd_is_proper(name, name_length, value, value_length)};
    }
    all->count++;
    return MHD_YES;
}

// The header fields as sent, repeats and all. Returns how many there are, which may be more than fit.
static inline size_t cmhd_header_fields(struct MHD_Connection *connection, cmhd_field *fields, size_t capacity) {
    cmhd_fields all = {fields, 0, capacity};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, cmhd_take_field, &all);
    return all.count;
}

// Whether the bytes between two places of one head hold more than line ends: then a NUL cut a value short, or a value went
// on in the next line. libmicrohttpd keeps a head in one buffer and ends each part in place; where the two places are no
// buffer's length apart, nothing is known and nothing is refused.
static inline int cmhd_hides_something(const char *end, const char *next, size_t buffer) {
    if (!end || !next || next <= end || (size_t)(next - end) > buffer) return 0;
    for (; end < next; end++) {
        if (*end != 0 && *end != '\r' && *end != '\n' && *end != ' ' && *end != '\t') return 1;
    }
    return 0;
}

// Whether a NUL stands in the request target: as a C string it ends earlier than in the buffer, where the version follows it
// behind one byte.
static inline int cmhd_target_is_cut(const char *end, const char *version, size_t buffer) {
    if (!end || !version || version <= end || (size_t)(version - end) > buffer) return 0;
    return version - end > 1;
}

// A socket bound to a literal address; -1 with errno. Swift's struct sockaddr juggling is longer than this.
static inline int cmhd_bind_tcp(const char *host, unsigned short port, int is_shared) {
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    int family = inet_pton(AF_INET, host, &four.sin_addr) == 1 ? AF_INET : inet_pton(AF_INET6, host, &six.sin6_addr) == 1 ? AF_INET6 : -1;
    if (family < 0) {
        errno = EINVAL;
        return -1;
    }
    int s = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (s < 0) return -1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (is_shared) setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (family == AF_INET ? bind(s, (struct sockaddr *)&four, sizeof four) : bind(s, (struct sockaddr *)&six, sizeof six)) {
        int code = errno;
        close(s);
        errno = code;
        return -1;
    }
    return s;
}

// Adds a header from text that does not end in NUL. Swift's own way to a C string allocates one for every name and value.
// A field with a NUL or a line end would be another field to some reader: it is left out, as libmicrohttpd leaves it out.
static inline int cmhd_add_header(
    struct MHD_Response *response, const char *name, size_t name_length, const char *value, size_t value_length) {
    char small[1024], *text = small;
    if (!cmhd_is_proper(name, name_length, value, value_length)) return 0;
    if (name_length + value_length + 2 > sizeof small && !(text = malloc(name_length + value_length + 2))) return 0;
    memcpy(text, name, name_length);
    text[name_length] = 0;
    if (value_length) memcpy(text + name_length + 1, value, value_length);
    text[name_length + 1 + value_length] = 0;
    int added = MHD_add_response_header(response, text, text + name_length + 1) == MHD_YES;
    if (text != small) free(text);
    return added;
}

// A listening socket on a literal address; -1 with errno. The first of several must get the address alone: SO_REUSEPORT would
// otherwise let two programs share it unasked, each with a part of the connections.
static inline int cmhd_listen_tcp(const char *host, unsigned short port, int backlog, int is_first) {
    if (is_first && port) {
        int alone = cmhd_bind_tcp(host, port, 0);
        if (alone < 0) return -1;
        close(alone);
    }
    int s = cmhd_bind_tcp(host, port, 1);
    if (s >= 0 && listen(s, backlog)) {
        int code = errno;
        close(s);
        errno = code;
        return -1;
    }
    return s;
}

static inline int cmhd_bound_port(int s) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(s, (struct sockaddr *)&address, &length) != 0) return -1;
    if (address.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&address)->sin_port);
    if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    return 0;
}

// A socket file that nobody listens on any more is replaced; one in use is EADDRINUSE.
static inline int cmhd_listen_unix(const char *path, int backlog) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return -1;
    int used = connect(probe, (struct sockaddr *)&address, sizeof address) == 0;
    int stale = !used && errno == ECONNREFUSED;
    close(probe);
    if (used) {
        errno = EADDRINUSE;
        return -1;
    }
    if (stale) unlink(path);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0) return -1;
    if (bind(s, (struct sockaddr *)&address, sizeof address) || listen(s, backlog)) {
        int code = errno;
        close(s);
        errno = code;
        return -1;
    }
    return s;
}
