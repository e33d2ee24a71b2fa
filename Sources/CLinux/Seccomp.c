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
#define TEST(how, value, at, then, otherwise) \
    BPF_JUMP(BPF_JMP | (how) | BPF_K, value, (unsigned char)((then) - (at) - 1), (unsigned char)((otherwise) - (at) - 1))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

// Numbers of a 32-bit program on x86: socketcall(2), whose arguments cannot be looked at, and setsockopt. Those of x32
// begin at the last. Source: arch/x86/entry/syscalls.
enum { i386_socketcall = 102, i386_setsockopt = 366, x32_first = 0x40000000 };

int clinux_forbid_socket_options(const int *options, size_t count) {
#ifdef NATIVE
    enum { most = 8, first_option = 13 };
    if (count > most) return errno = EINVAL, -1;
    const size_t allow = first_option + count, deny = allow + 1;
    struct sock_filter steps[first_option + most + 2] = {
        LOAD(arch),
        TEST(BPF_JEQ, NATIVE, 1, 6, 2),
        TEST(BPF_JEQ, AUDIT_ARCH_I386, 2, 3, allow),
        LOAD(nr),
        TEST(BPF_JEQ, i386_socketcall, 4, deny, 5),
        TEST(BPF_JEQ, i386_setsockopt, 5, deny, allow),
        LOAD(nr),
        TEST(BPF_JGE, x32_first, 7, deny, 8),
        // Options can be set through it, and nobody sees which.
        TEST(BPF_JEQ, SYS_io_uring_setup, 8, deny, 9),
        TEST(BPF_JEQ, SYS_setsockopt, 9, 10, allow),
        LOAD(args[1]),
        TEST(BPF_JEQ, SOL_SOCKET, 11, 12, allow),
        LOAD(args[2]),
    };
    for (size_t i = 0; i < count; i++) {
        size_t at = first_option + i;
        steps[at] = (struct sock_filter)TEST(BPF_JEQ, (unsigned)options[i], at, deny, at + 1);
    }
    steps[allow] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    steps[deny] = (struct sock_filter)RETURN(SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {.len = (unsigned short)(deny + 1), .filter = steps};
    // A filter is no reason to make the program that it is for slower.
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
#else
    (void)options, (void)count;
    errno = ENOSYS;
    return -1;
#endif
}
