// A sidecar that costs next to nothing: one thread, epoll, answers made beforehand. It stands behind the clients and services
// that are measured, so that what is counted is theirs.
//
//     yardstick-upstream PORT SECRET
//
// /v1.0/state/… is a task of some 300 bytes with an ETag, except that keys of the journal (log:…) are missing, which is what a list
// asks for; a bulk read answers such a task for each key that begins with task:, and nothing for others;
// /v1.0/metadata, /v1.0/healthz… and /v1.0/secrets/… are what task-server asks for at its start; /slow is never answered.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 65536 };

typedef struct {
    int socket;
    size_t length, skip;
    char bytes[BUFFER];
} client;

typedef struct {
    const char *prefix;
    char *answer;
    size_t length;
} row;

static row make(const char *prefix, int status, const char *reason, const char *headers, const char *body) {
    row r = {prefix, NULL, 0};
    size_t n = strlen(body);
    r.answer = malloc(n + 600);
    int head = sprintf(
        r.answer,
        "HTTP/1.1 %d %s\r\nDate: Sat, 21 Nov 2026 07:00:00 GMT\r\n%sTraceparent: "
        "00-00000000000000000000000000000000-0000000000000000-00\r\n",
        status, reason, headers);
    head += status == 204 ? sprintf(r.answer + head, "\r\n")
                          : sprintf(r.answer + head, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", n);
    memcpy(r.answer + head, body, n);
    r.length = (size_t)head + n;
    return r;
}

// The answer to a bulk read: a row for each string in the body's array; none has escapes. 0 when there is no room.
static size_t bulk(char *out, size_t room, const char *body, size_t length, const char *task) {
    enum { HEAD = 256 };
    const char *at = memchr(body, '[', length), *end = body + length;
    size_t task_length = strlen(task), filled = HEAD;
    if (!at || room < HEAD + 2) return 0;
    out[filled++] = '[';
    while ((at = memchr(at, '"', (size_t)(end - at)))) {
        const char *key = at + 1, *close = memchr(key, '"', (size_t)(end - key));
        if (!close) break;
        int is_task = strncmp(key, "task:", 5) == 0, key_length = (int)(close - key);
        if (filled + (size_t)key_length + task_length + 64 > room) return 0;
        if (filled > HEAD + 1) out[filled++] = ',';
        filled += (size_t)sprintf(out + filled, "{\"key\":\"%.*s\"", key_length, key);
        if (is_task) filled += (size_t)sprintf(out + filled, ",\"data\":%s,\"etag\":\"12\"", task);
        out[filled++] = '}';
        at = close + 1;
    }
    out[filled++] = ']';
    size_t rows = filled - HEAD;
    row head = make("", 200, "OK", "", "");
    char *numbered = strstr(head.answer, "Content-Length: ");
    size_t head_length = (size_t)(numbered - head.answer);
    memcpy(out, head.answer, head_length);
    head_length += (size_t)sprintf(out + head_length, "Content-Length: %zu\r\n\r\n", rows);
    memmove(out + head_length, out + HEAD, rows);
    free(head.answer);
    return head_length + rows;
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: yardstick-upstream PORT SECRET\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    char secret[512];
    snprintf(secret, sizeof secret, "{\"jwt-secret\":\"%s\",\"server-secret\":\"%s\"}", arguments[2], arguments[2]);
    const char *task =
        "{\"completed\":false,\"created_at\":\"2026-11-21T09:30:00.000Z\",\"description\":\"Two litres, and bread if there is "
        "any\",\"due_date\":null,\"id\":\"019aa5c4-7b1e-7c3a-9d42-5f0e8a6b1c2d\",\"priority\":\"medium\",\"status\":\"todo\","
        "\"tags\":[\"home\"],\"title\":\"Buy milk\",\"updated_at\":\"2026-11-21T09:30:00.000Z\",\"user_id\":\"demo\",\"version\":1}";
    const char *metadata =
        "{\"id\":\"task-server\",\"runtimeVersion\":\"1.18.3\",\"components\":[{\"name\":\"statestore\",\"type\":\"state.in-"
        "memory\",\"version\":\"v1\",\"capabilities\":[\"ETAG\",\"TRANSACTIONAL\",\"TTL\"]},{\"name\":\"pubsub\",\"type\":"
        "\"pubsub.in-memory\",\"version\":\"v1\"}],\"subscriptions\":[]}";
    static const char bulk_path[] = "/v1.0/state/statestore/bulk";
    row rows[] = {
        make("/v1.0/state/statestore/log", 204, "No Content", "", ""),
        make("/v1.0/state/statestore/head", 204, "No Content", "", ""),
        make("/v1.0/state/statestore/pub", 204, "No Content", "", ""),
        make("/v1.0/state/statestore/relay", 204, "No Content", "", ""),
        make("/v1.0/state/statestore ", 204, "No Content", "", ""),
        make("/v1.0/state/statestore/transaction", 204, "No Content", "", ""),
        make("/v1.0/state/", 200, "OK", "Etag: 12\r\n", task),
        make("/v1.0/healthz", 204, "No Content", "", ""),
        make("/v1.0/secrets/", 200, "OK", "", secret),
        make("/v1.0/metadata", 200, "OK", "", metadata),
        make("/v1.0/publish", 204, "No Content", "", ""),
        make("/", 200, "OK", "Etag: 12\r\n", task),
    };
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1, ep = epoll_create1(0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(arguments[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 1024)) {
        perror("yardstick-upstream");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}}, events[256];
    epoll_ctl(ep, EPOLL_CTL_ADD, listening, &event);
    static char out[1 << 20];
    for (;;) {
        int ready = epoll_wait(ep, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            client *c = events[i].data.ptr;
            if (!c) {
                for (int s; (s = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    c = calloc(1, sizeof *c);
                    c->socket = s;
                    event.data.ptr = c;
                    epoll_ctl(ep, EPOLL_CTL_ADD, s, &event);
                }
                continue;
            }
            ssize_t got = read(c->socket, c->bytes + c->length, BUFFER - c->length - 1);
            if (got <= 0) {
                if (got < 0 && errno == EAGAIN) continue;
                close(c->socket);
                free(c);
                continue;
            }
            c->length += (size_t)got;
            size_t at = 0, filled = 0;
            for (;;) {
                size_t skipped = c->length - at < c->skip ? c->length - at : c->skip;
                at += skipped;
                c->skip -= skipped;
                if (c->skip) break;
                c->bytes[c->length] = 0;
                char *head = c->bytes + at, *end = memmem(head, c->length - at, "\r\n\r\n", 4);
                if (!end) break;
                *end = 0;
                char *announced = strcasestr(head, "\r\ncontent-length:"), *path = strchr(head, ' ');
                size_t body = announced ? (size_t)atol(announced + 17) : 0, begin = (size_t)(end + 4 - c->bytes);
                int is_bulk = path && strncmp(path + 1, bulk_path, sizeof bulk_path - 1) == 0;
                if (is_bulk && c->length - begin < body && begin + body < BUFFER) {
                    *end = '\r';
                    break;
                }
                c->skip = body;
                at = begin;
                if (is_bulk && c->length - begin >= body) {
                    filled += bulk(out + filled, sizeof out - filled, c->bytes + begin, body, task);
                    continue;
                }
                if (!path || strncmp(++path, "/slow", 5) == 0) continue;
                for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
                    if (strncmp(path, rows[r].prefix, strlen(rows[r].prefix)) == 0) {
                        if (filled + rows[r].length < sizeof out) {
                            memcpy(out + filled, rows[r].answer, rows[r].length);
                            filled += rows[r].length;
                        }
                        break;
                    }
                }
            }
            memmove(c->bytes, c->bytes + at, c->length - at);
            c->length -= at;
            for (size_t sent = 0; sent < filled;) {
                ssize_t n = write(c->socket, out + sent, filled - sent);
                if (n < 0 && errno != EAGAIN) break;
                if (n > 0) sent += (size_t)n;
            }
        }
    }
}
