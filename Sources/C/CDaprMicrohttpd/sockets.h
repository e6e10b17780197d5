#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

// Bytes that came and were not read; 0 when that cannot be told.
static inline int cmhd_unread(int s) {
    int count = 0;
    return ioctl(s, SIOCINQ, &count) == 0 ? count : 0;
}

// Bytes that were sent and that the other side has not taken yet; 0 when that cannot be told.
static inline int cmhd_unsent(int s) {
    int count = 0;
    return ioctl(s, SIOCOUTQ, &count) == 0 ? count : 0;
}

// Bytes that the other side has taken since the connection began; -1 when that is not counted, as on a unix socket.
static inline long long cmhd_taken(int s) {
    // TCP_INFO and the place of tcpi_bytes_acked: <linux/tcp.h> has them, and does not go with <netinet/tcp.h>, which has not.
    enum { tcp_info = 11, bytes_acked = 120 };
    unsigned char info[256];
    socklen_t length = sizeof info;
    uint64_t count;
    if (getsockopt(s, IPPROTO_TCP, tcp_info, info, &length) || length < bytes_acked + sizeof count) return -1;
    memcpy(&count, info + bytes_acked, sizeof count);
    return (long long)count;
}

// Whether the other side has left, by an end or by a reset, and all that it sent was read.
static inline int cmhd_is_left(int s) {
    char byte;
    ssize_t count = recv(s, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
}

// Says a last word, and takes what the client sent in the meantime: closing a socket with unread bytes resets the connection,
// and the word would be lost.
static inline void cmhd_say(int s, const void *text, size_t length) {
    char rest[16384];
    if (send(s, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
    shutdown(s, SHUT_WR);
    for (int i = 0; i < 16 && recv(s, rest, sizeof rest, MSG_DONTWAIT) > 0; i++) {}
}

// An address as two numbers, IPv4 as IPv6 has it.
typedef struct cmhd_address {
    uint64_t high, low;
} cmhd_address;

static inline uint64_t cmhd_big_endian(const unsigned char *bytes) {
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) number = number << 8 | bytes[i];
    return number;
}

static inline cmhd_address cmhd_six(const struct in6_addr *six) {
    return (cmhd_address){cmhd_big_endian(six->s6_addr), cmhd_big_endian(six->s6_addr + 8)};
}

static inline cmhd_address cmhd_four(const struct in_addr *four) {
    return (cmhd_address){0, 0xffff00000000 | ntohl(four->s_addr)};
}

// Whether the address is one of IP, and which.
static inline int cmhd_peer(const struct sockaddr *address, cmhd_address *peer) {
    if (!address) return 0;
    if (address->sa_family == AF_INET) *peer = cmhd_four(&((const struct sockaddr_in *)address)->sin_addr);
    else if (address->sa_family == AF_INET6) *peer = cmhd_six(&((const struct sockaddr_in6 *)address)->sin6_addr);
    else return 0;
    return 1;
}
