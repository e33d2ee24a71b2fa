// What Swift cannot import from the C library (variadic calls, function-like macros, names behind
// _GNU_SOURCE) as plain functions. Each is one system call; none decides anything. The result and
// errno are those of the call.
#pragma once

#include "LibSSL.h"
#include "LibZ.h"

#include <grp.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>

int clinux_accept(int listener, int flags);
int clinux_attach_reuseport_cbpf(int socket, const struct sock_filter *program, uint16_t count);
int clinux_attach_filter(int socket, const struct sock_filter *program, uint16_t count);
int clinux_bind(int socket, const void *address, socklen_t length);
// The file that a unix socket is bound to, opened with O_PATH.
int clinux_unix_file(int socket);
int clinux_connect(int socket, const void *address, socklen_t length);
int clinux_getsockname(int socket, void *address, socklen_t *length);
int clinux_getpeername(int socket, void *address, socklen_t *length);
int clinux_peer_credentials(int socket, pid_t *pid, uid_t *uid, gid_t *gid);
int clinux_peer_window(int socket, uint32_t *window);
int clinux_unacknowledged(int socket, int *bytes);
int clinux_unread(int socket, int *bytes);
int clinux_listener_info(int socket, uint8_t *state, uint32_t *unacked, uint32_t *sacked);

// Sends one message with descriptors (253 at most, else EINVAL); `to` may be NULL. MSG_NOSIGNAL is always set.
ssize_t clinux_send_message(int socket, const void *bytes, size_t count, const int *descriptors,
                            size_t descriptor_count, const void *to, socklen_t to_length);

struct clinux_received {
    int descriptor_count;
    int truncated; // MSG_TRUNC or MSG_CTRUNC was set, or a descriptor beyond the room was closed
    int has_credentials;
    pid_t pid;
    uid_t uid;
    gid_t gid;
};
ssize_t clinux_receive_message(int socket, void *bytes, size_t count, int *descriptors,
                               size_t max_descriptors, struct clinux_received *received);

// sem_clockwait with CLOCK_MONOTONIC, until so many nanoseconds of it.
int clinux_semaphore_wait(sem_t *semaphore, int64_t until);

int clinux_pidfd_open(pid_t pid);
int clinux_pidfd_send_signal(int pidfd, int signal);
int clinux_pidfd_getfd(int pidfd, int descriptor);
// 1 = reaped, 0 = still running, -1 = errno. `code` is CLD_EXITED, CLD_KILLED or CLD_DUMPED.
int clinux_pidfd_wait(int pidfd, int *code, int *status);

// syncfs(2).
int clinux_begin_sync(int descriptor);

int clinux_close_range_on_exec(unsigned first);
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);
int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int clinux_open_path(const char *path);
int clinux_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows);
int clinux_set_terminal_size(int descriptor, uint16_t columns, uint16_t rows);
// The two ends of a pseudo terminal, ioctl_tty(2): TIOCSPTLCK, TIOCGPTPEER; and TIOCSCTTY.
int clinux_unlock_terminal(int descriptor);
int clinux_terminal_peer(int descriptor);
int clinux_take_terminal(int descriptor);
int clinux_pipe(int descriptors[2]);
int clinux_memfd(const char *name);
// A file in memory whose size can never change (seals SHRINK, GROW and SEAL); and whether a file is such a one.
int clinux_sealed_memfd(const char *name, off_t size);
int clinux_sealed_content(const char *name, const void *bytes, size_t count);
int clinux_has_sealed_size(int descriptor);
// Raises, for each port that has sockets in SYN_RECV (sock_diag(7)), its entry among 65,536 to 1 more than the most that the
// answer was repeated. Of a port other than 0 only its own sockets are looked at.
int clinux_handshake_retries(int family, uint16_t port, uint8_t *most);
// The sockets that listen at a local port (0: at any), in the order of the kernel's list, and how many there are: more than
// there is room for are only counted.
typedef struct {
    struct in6_addr address; // of an IPv4 socket: the first four bytes
    uint32_t inode;
    uint16_t port;
} clinux_listener;
int clinux_listeners(int family, uint16_t port, clinux_listener *listeners, int room);
// 1 and when the file was made, where its file system tells; else 0. An empty path: the descriptor's own file; else from that
// directory on (AT_FDCWD: the working directory), and a link's own.
int clinux_birth(int descriptor, const char *path, int64_t *seconds, uint32_t *nanoseconds);
int clinux_rename(const char *path, const char *other, unsigned flags); // renameat2
int clinux_has_writer(int descriptor); // 1 while a file (opened here for reading only) is open for writing anywhere
char **clinux_environment(void);
void clinux_set_name(const char *name);
int clinux_forbid_socket_options(const int *options, size_t count); // of SOL_SOCKET, at most 8: EPERM from now on, over execve too
int clinux_affinity_count(void);
int clinux_setgroups(size_t count, const gid_t *groups);
int clinux_getgrouplist(const char *user, gid_t group, gid_t *groups, int *count);
int clinux_set_limit(int resource, uint64_t soft, uint64_t hard);
int clinux_get_limit(int resource, uint64_t *soft, uint64_t *hard);
int clinux_collapse_range(int descriptor, off_t length);
ssize_t clinux_get_attribute(const char *path, const char *name, void *value, size_t count);

// Relaxed 64-bit access to memory that another process maps too.
uint64_t clinux_load(const uint64_t *counter);
void clinux_store(uint64_t *counter, uint64_t value);

// bpf(2). Programs are of type BPF_PROG_TYPE_CGROUP_SKB, for the segments that leave a control group's sockets (egress) or come
// to them; with a `log_size` the verifier says in `log` what it does not like.
int clinux_bpf_types(const uint8_t *bytes, uint32_t count);
int clinux_bpf_array(uint32_t value_size, uint32_t count);
int clinux_bpf_table(uint32_t key_size, uint32_t value_size, uint32_t count);
// A value for each socket that has been given one, and, as it is then, for each connection that comes out of a listener.
int clinux_bpf_socket_storage(uint32_t value_size, int types, uint32_t key_type, uint32_t value_type);
int clinux_bpf_get(int map, const void *key, void *value);
int clinux_bpf_set(int map, const void *key, const void *value);
int clinux_bpf_remove(int map, const void *key);
int clinux_bpf_load(int is_egress, const uint64_t *instructions, uint32_t count, char *log, uint32_t log_size);
// Attached for as long as the descriptor is open anywhere.
int clinux_bpf_link(int program, int group, int is_egress);

// explicit_bzero: a compiler must not leave it out.
void clinux_wipe(void *bytes, size_t count);
// Pages that no core dump has (MADV_DONTDUMP); NULL when there is no memory.
void *clinux_secret_pages(size_t count);
void clinux_free_secret_pages(void *pages, size_t count);
