//! The Rust side of `wit/worker.wit`.

mod generated {
    wasmtime::component::bindgen!({
        path: "wit/worker.wit",
        inline: "
            package qemu-dev:host;
            world everything {
                include qemu-dev:worker/worker@0.1.0;
                include qemu-dev:worker/scheduled-worker@0.1.0;
            }",
        imports: {
            "qemu-dev:worker/producer": async | trappable,
            default: trappable,
        },
        exports: { default: async },
    });
}

pub use generated::exports::qemu_dev::worker::{consumer, scheduler};
pub use generated::qemu_dev::worker::{logging, producer, types, variables};
