// bpf(2), which the C library does not have: one function a command.
#include "CLinux.h"
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call(int command, union bpf_attr *attributes) {
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

// The kernel refuses what it finds behind the fields of a command: all else is zero.
static union bpf_attr none(void) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    return attributes;
}

static uint64_t address(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

int clinux_bpf_types(const uint8_t *bytes, uint32_t count) {
    union bpf_attr attributes = none();
    attributes.btf = address(bytes);
    attributes.btf_size = count;
    return call(BPF_BTF_LOAD, &attributes);
}

int clinux_bpf_array(uint32_t value_size, uint32_t count) {
    union bpf_attr attributes = none();
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = sizeof(uint32_t);
    attributes.value_size = value_size;
    attributes.max_entries = count;
    return call(BPF_MAP_CREATE, &attributes);
}

int clinux_bpf_table(uint32_t key_size, uint32_t value_size, uint32_t count) {
    union bpf_attr attributes = none();
    attributes.map_type = BPF_MAP_TYPE_HASH;
    attributes.key_size = key_size;
    attributes.value_size = value_size;
    attributes.max_entries = count;
    return call(BPF_MAP_CREATE, &attributes);
}

int clinux_bpf_socket_storage(uint32_t value_size, int types, uint32_t key_type, uint32_t value_type) {
    union bpf_attr attributes = none();
    attributes.map_type = BPF_MAP_TYPE_SK_STORAGE;
    attributes.key_size = sizeof(int);
    attributes.value_size = value_size;
    attributes.map_flags = BPF_F_NO_PREALLOC | BPF_F_CLONE;
    attributes.btf_fd = (uint32_t)types;
    attributes.btf_key_type_id = key_type;
    attributes.btf_value_type_id = value_type;
    return call(BPF_MAP_CREATE, &attributes);
}

int clinux_bpf_get(int map, const void *key, void *value) {
    union bpf_attr attributes = none();
    attributes.map_fd = (uint32_t)map;
    attributes.key = address(key);
    attributes.value = address(value);
    return call(BPF_MAP_LOOKUP_ELEM, &attributes);
}

int clinux_bpf_set(int map, const void *key, const void *value) {
    union bpf_attr attributes = none();
    attributes.map_fd = (uint32_t)map;
    attributes.key = address(key);
    attributes.value = address(value);
    return call(BPF_MAP_UPDATE_ELEM, &attributes);
}

int clinux_bpf_remove(int map, const void *key) {
    union bpf_attr attributes = none();
    attributes.map_fd = (uint32_t)map;
    attributes.key = address(key);
    return call(BPF_MAP_DELETE_ELEM, &attributes);
}

static enum bpf_attach_type side(int is_egress) {
    return is_egress ? BPF_CGROUP_INET_EGRESS : BPF_CGROUP_INET_INGRESS;
}

int clinux_bpf_load(int is_egress, const uint64_t *instructions, uint32_t count, char *log, uint32_t log_size) {
    union bpf_attr attributes = none();
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_SKB;
    attributes.expected_attach_type = side(is_egress);
    attributes.insns = address(instructions);
    attributes.insn_cnt = count;
    attributes.license = address("Apache-2.0");
    if (log_size > 0) {
        attributes.log_level = 1;
        attributes.log_buf = address(log);
        attributes.log_size = log_size;
    }
    return call(BPF_PROG_LOAD, &attributes);
}

int clinux_bpf_link(int program, int group, int is_egress) {
    union bpf_attr attributes = none();
    attributes.link_create.prog_fd = (uint32_t)program;
    attributes.link_create.target_fd = (uint32_t)group;
    attributes.link_create.attach_type = side(is_egress);
    return call(BPF_LINK_CREATE, &attributes);
}
