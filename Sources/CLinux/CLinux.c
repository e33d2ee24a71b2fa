#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SO_ATTACH_REUSEPORT_CBPF
#define SO_ATTACH_REUSEPORT_CBPF 51
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int clinux_semaphore_wait(sem_t *semaphore, int64_t until) {
    struct timespec deadline = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline);
}

int clinux_accept(int listener, int flags) { return accept4(listener, NULL, NULL, flags); }

int clinux_attach_reuseport_cbpf(int socket, const struct sock_filter *program, uint16_t count) {
    struct sock_fprog fprog = {.len = count, .filter = (struct sock_filter *)program};
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &fprog, sizeof fprog);
}

int clinux_attach_filter(int socket, const struct sock_filter *program, uint16_t count) {
    struct sock_fprog fprog = {.len = count, .filter = (struct sock_filter *)program};
    return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof fprog);
}

int clinux_bind(int socket, const void *address, socklen_t length) { return bind(socket, address, length); }

int clinux_connect(int socket, const void *address, socklen_t length) { return connect(socket, address, length); }

int clinux_getsockname(int socket, void *address, socklen_t *length) { return getsockname(socket, address, length); }

int clinux_getpeername(int socket, void *address, socklen_t *length) { return getpeername(socket, address, length); }

int clinux_peer_credentials(int socket, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    int result = getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
    if (result == 0) {
        *pid = credentials.pid;
        *uid = credentials.uid;
        *gid = credentials.gid;
    }
    return result;
}

int clinux_listener_info(int socket, uint8_t *state, uint32_t *unacked, uint32_t *sacked) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    int result = getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length);
    if (result == 0) {
        *state = info.tcpi_state;
        *unacked = info.tcpi_unacked;
        *sacked = info.tcpi_sacked;
    }
    return result;
}

enum { max_control_descriptors = 253 }; // SCM_MAX_FD

ssize_t clinux_send_message(int socket, const void *bytes, size_t count, const int *descriptors,
                            size_t descriptor_count, const void *to, socklen_t to_length) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * max_control_descriptors)];
    } control;
    if (descriptor_count > max_control_descriptors) {
        errno = EINVAL;
        return -1;
    }
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_name = (void *)to, .msg_namelen = to_length, .msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t clinux_receive_message(int socket, void *bytes, size_t count, int *descriptors,
                               size_t max_descriptors, struct clinux_received *received) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * max_control_descriptors) + CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memset(received, 0, sizeof *received);
    ssize_t result = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (result < 0) return result;
    received->truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        if (header->cmsg_type == SCM_RIGHTS) {
            size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            const int *numbers = (const int *)CMSG_DATA(header);
            for (size_t i = 0; i < arrived; i++) {
                if ((size_t)received->descriptor_count < max_descriptors)
                    descriptors[received->descriptor_count++] = numbers[i];
                else {
                    close(numbers[i]);
                    received->truncated = 1;
                }
            }
        } else if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
            received->has_credentials = 1;
            received->pid = credentials.pid;
            received->uid = credentials.uid;
            received->gid = credentials.gid;
        }
    }
    return result;
}

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clinux_pidfd_getfd(int pidfd, int descriptor) { return (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0); }

int clinux_pidfd_wait(int pidfd, int *code, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0) return -1;
    if (info.si_pid == 0) return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}

int clinux_close_range_on_exec(unsigned first) {
    return (int)syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
}

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

ssize_t clinux_get_attribute(const char *path, const char *name, void *value, size_t count) {
    return getxattr(path, name, value, count);
}

int clinux_unix_file(int socket) {
    // SIOCUNIXFILE (Linux 4.12), from linux/un.h, which cannot stand beside sys/un.h. The kernel sets FD_CLOEXEC.
    return ioctl(socket, 0x89E0);
}

int clinux_unacknowledged(int socket, int *bytes) {
    // SIOCOUTQ, by its other name: linux/sockios.h cannot stand beside the C library's headers.
    return ioctl(socket, TIOCOUTQ, bytes);
}

int clinux_unread(int socket, int *bytes) { return ioctl(socket, FIONREAD, bytes); }

int clinux_open_path(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

int clinux_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows) {
    struct winsize size;
    memset(&size, 0, sizeof size);
    int result = ioctl(descriptor, TIOCGWINSZ, &size);
    *columns = size.ws_col;
    *rows = size.ws_row;
    return result;
}

int clinux_set_terminal_size(int descriptor, uint16_t columns, uint16_t rows) {
    struct winsize size = {.ws_col = columns, .ws_row = rows};
    return ioctl(descriptor, TIOCSWINSZ, &size);
}

int clinux_unlock_terminal(int descriptor) {
    int locked = 0;
    return ioctl(descriptor, TIOCSPTLCK, &locked);
}

int clinux_terminal_peer(int descriptor) { return ioctl(descriptor, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

int clinux_take_terminal(int descriptor) { return ioctl(descriptor, TIOCSCTTY, 0); }

int clinux_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC | O_NONBLOCK); }

int clinux_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

void clinux_set_name(const char *name) { prctl(PR_SET_NAME, name); }
int clinux_sealed_memfd(const char *name, off_t size) {
    int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return descriptor;
    // fallocate takes the memory now, so that no later write can fail for want of it.
    if (fallocate(descriptor, 0, 0, size) == 0 &&
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return descriptor;
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

int clinux_sealed_content(const char *name, const void *bytes, size_t count) {
    int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return descriptor;
    size_t written = 0;
    while (written < count) {
        ssize_t some = pwrite(descriptor, (const char *)bytes + written, count - written, (off_t)written);
        if (some <= 0) break;
        written += (size_t)some;
    }
    if (written == count &&
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
        return descriptor;
    int failure = errno;
    close(descriptor);
    errno = failure;
    return -1;
}

int clinux_has_sealed_size(int descriptor) {
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals >= 0 && (seals & (F_SEAL_SHRINK | F_SEAL_GROW)) == (F_SEAL_SHRINK | F_SEAL_GROW);
}

int clinux_birth(int descriptor, const char *path, int64_t *seconds, uint32_t *nanoseconds) {
    struct statx status;
    if (statx(descriptor, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BTIME, &status) != 0) return 0;
    if ((status.stx_mask & STATX_BTIME) == 0) return 0;
    *seconds = status.stx_btime.tv_sec;
    *nanoseconds = status.stx_btime.tv_nsec;
    return 1;
}

int clinux_rename(const char *path, const char *other, unsigned flags) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other, flags);
}

int clinux_has_writer(int descriptor) {
    // A lease for reading is not given while somebody has the file open for writing: fcntl(2), F_SETLEASE.
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
        fcntl(descriptor, F_SETLEASE, F_UNLCK);
        return 0;
    }
    return errno == EAGAIN;
}

char **clinux_environment(void) { return environ; }

int clinux_affinity_count(void) {
    cpu_set_t set;
    int result = sched_getaffinity(0, sizeof set, &set);
    return result == 0 ? CPU_COUNT(&set) : result;
}

int clinux_setgroups(size_t count, const gid_t *groups) { return setgroups(count, groups); }

int clinux_getgrouplist(const char *user, gid_t group, gid_t *groups, int *count) {
    return getgrouplist(user, group, groups, count);
}

int clinux_set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return setrlimit(resource, &limit);
}

int clinux_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    int result = getrlimit(resource, &limit);
    if (result == 0) {
        *soft = limit.rlim_cur;
        *hard = limit.rlim_max;
    }
    return result;
}

int clinux_begin_sync(int descriptor) { return sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE); }

int clinux_collapse_range(int descriptor, off_t length) {
    return fallocate(descriptor, FALLOC_FL_COLLAPSE_RANGE, 0, length);
}

uint64_t clinux_load(const uint64_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

void clinux_store(uint64_t *counter, uint64_t value) { __atomic_store_n(counter, value, __ATOMIC_RELAXED); }

void clinux_wipe(void *bytes, size_t count) { explicit_bzero(bytes, count); }

void *clinux_secret_pages(size_t count) {
    void *pages = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return NULL;
    madvise(pages, count, MADV_DONTDUMP);
    return pages;
}

void clinux_free_secret_pages(void *pages, size_t count) { munmap(pages, count); }
