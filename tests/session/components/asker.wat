;; Asks the host that a cron expression names for "/", and logs "answered" when its answer has the status 204.
(module $asker
  (import "qemu-dev:worker/logging@0.1.0" "log" (func $log (param i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-scheme"
    (func $set-scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-authority"
    (func $set-authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-path-with-query"
    (func $set-path (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/outgoing-handler@0.2.0" "handle" (func $handle (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]future-incoming-response.subscribe"
    (func $subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]future-incoming-response.get" (func $get (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-response.status" (func $status (param i32) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "answered")
  (data (i32.const 32) "no answer")
  (data (i32.const 48) "/")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "qemu-dev:worker/scheduler@0.1.0#scheduled") (param $cron i32) (param $length i32) (param i64)
    (result i32) (local $request i32) (local $future i32)
    (local.set $request (call $request (call $fields)))
    (drop (call $set-scheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (drop (call $set-authority (local.get $request) (i32.const 1) (local.get $cron) (local.get $length)))
    (drop (call $set-path (local.get $request) (i32.const 1) (i32.const 48) (i32.const 1)))
    (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 256))
    (local.set $future (i32.load offset=8 (i32.const 256)))
    (call $block (call $subscribe (local.get $future)))
    (call $get (local.get $future) (i32.const 512))
    ;; The text of a failure, unless it comes out well.
    (i32.store (i32.const 1028) (i32.const 32))
    (i32.store (i32.const 1032) (i32.const 9))
    (i32.store8 (i32.const 1024) (i32.const 1))
    (block $failed
      (br_if $failed (i32.load8_u offset=16 (i32.const 512)))
      (br_if $failed (i32.ne (call $status (i32.load offset=24 (i32.const 512))) (i32.const 204)))
      (call $log (i32.const 2) (i32.const 16) (i32.const 8))
      (i32.store8 (i32.const 1024) (i32.const 0)))
    (i32.const 1024)))
