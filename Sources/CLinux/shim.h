#pragma once

// Swift's Glibc module leaves these headers out. No _GNU_SOURCE: it changes structs such as fd_set, and two C modules that
// disagree on one cannot be imported together.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int clinux_epoll_cloexec = EPOLL_CLOEXEC;
static const int clinux_epoll_add = EPOLL_CTL_ADD;
static const int clinux_epoll_mod = EPOLL_CTL_MOD;
static const int clinux_epoll_del = EPOLL_CTL_DEL;
static const unsigned clinux_epoll_in = EPOLLIN;
static const unsigned clinux_epoll_out = EPOLLOUT;
static const unsigned clinux_epoll_bad = EPOLLERR | EPOLLHUP;

// struct epoll_event is packed and holds a union, which Swift reads field by field at best.
static inline int clinux_epoll_ctl(int epoll, int operation, int descriptor, unsigned events) {
    struct epoll_event event = {.events = events, .data = {.fd = descriptor}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

static inline int clinux_event_descriptor(const struct epoll_event *event) { return event->data.fd; }

static inline unsigned clinux_event_mask(const struct epoll_event *event) { return event->events; }

static inline int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// The declaration of pipe2 depends on _GNU_SOURCE being set before the first header of all; O_CLOEXEC by hand does not.
static inline int clinux_pipe(int ends[2]) {
    if (pipe(ends) != 0) return -1;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    return 0;
}
