// What a worker may not ask of the kernel although it holds the socket. Source: seccomp(2).
#include "CLinux.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

// Both kinds of machine are little-endian: the lower half of an argument comes first, and the kernel takes an int from it.
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skipped) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped)
#define IF(value, skipped) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skipped, 0)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

int clinux_forbid_socket_options(const int *options, size_t count) {
#ifdef NATIVE
    enum { most = 8 };
    if (count > most) return errno = EINVAL, -1;
    unsigned char left = (unsigned char)count;
    struct sock_filter steps[9 + most] = {
        LOAD(arch), UNLESS(NATIVE, left + 5),
        LOAD(nr), UNLESS(SYS_setsockopt, left + 3),
        LOAD(args[1]), UNLESS(SOL_SOCKET, left + 1),
        LOAD(args[2]),
    };
    size_t next = 7;
    for (size_t i = 0; i < count; i++) {
        // Over the rest, and what allows it.
        steps[next++] = (struct sock_filter)IF((unsigned)options[i], (unsigned char)(left - i));
    }
    steps[next++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    steps[next++] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {.len = (unsigned short)next, .filter = steps};
    // A filter is no reason to make the program that it is for slower.
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
#else
    (void)options, (void)count;
    errno = ENOSYS;
    return -1;
#endif
}
