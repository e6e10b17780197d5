#pragma once

// Swift's Glibc module leaves these headers out. No _GNU_SOURCE: it changes structs such as fd_set, and two C modules that
// disagree on one cannot be imported together.
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

// Memory that was freed stays with the process: a thread that is not the first has a heap of its own, which glibc would give
// back and ask for again, a system call and a page fault each time, as requests come and go.
static inline void clinux_keep_freed_memory(size_t bytes) {
    mallopt(M_TRIM_THRESHOLD, (int)bytes);
    mallopt(M_TOP_PAD, (int)(bytes / 16));
    // Without fast bins a larger allocation has none to merge; small ones come from the thread's cache either way.
    mallopt(M_MXFAST, 0);
}

static inline int clinux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// The declaration of pipe2 depends on _GNU_SOURCE being set before the first header of all; O_CLOEXEC by hand does not.
static inline int clinux_pipe(int ends[2]) {
    if (pipe(ends) != 0) return -1;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    return 0;
}

// Starts a program as the leader of a process group of its own, with nothing inherited but standard input, output and error.
//
// fork, since posix_spawn cannot ask for a death signal: `death_signal` comes when the *thread* that calls this ends, so that
// thread must outlive the child. Returns 0, or the errno of what failed, execve included.
static inline int clinux_spawn(
    char *const *arguments, char *const *environment, int death_signal, int has_input, int *process) {
    extern int execvpe(const char *, char *const *, char *const *);
    int report[2];
    if (clinux_pipe(report) != 0) return errno;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // our handlers must not run in the child
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        // Only calls that are safe after fork in a program with threads.
        struct sigaction standard;
        memset(&standard, 0, sizeof standard);
        standard.sa_handler = SIG_DFL;
        for (int number = 1; number <= 64; number++) sigaction(number, &standard, NULL);
        sigset_t none;
        sigemptyset(&none);
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, death_signal);
        if (getppid() != parent) _exit(127);  // the parent ended before it could be asked to tell
        int null = has_input ? -1 : open("/dev/null", O_RDONLY);
        if (null > 0) dup2(null, 0);
#ifdef SYS_close_range
        syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
#endif
        pthread_sigmask(SIG_SETMASK, &none, NULL);
        execvpe(arguments[0], arguments, environment);
        int code = errno;
        ssize_t written = write(report[1], &code, sizeof code);
        _exit(written == (ssize_t)sizeof code ? 127 : 126);
    }
    int code = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child > 0) {
        int failure = 0;
        ssize_t count;
        while ((count = read(report[0], &failure, sizeof failure)) < 0 && errno == EINTR) {}
        if (count == (ssize_t)sizeof failure) {
            code = failure;
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    close(report[0]);
    if (code == 0) *process = child;
    return code;
}

// Waits for the end of the child of which this process is the parent, then ends what is left of its group.
//
// The group is ended before the child is reaped: until then nothing else can get its number. Returns 0 or errno; `status` is
// the exit code, or minus the signal's number.
static inline int clinux_wait(int process, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    while (waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) return errno;
    }
    kill(-process, SIGKILL);
    while (waitpid(process, NULL, 0) < 0) {
        if (errno != EINTR) return errno;
    }
    *status = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    return 0;
}
