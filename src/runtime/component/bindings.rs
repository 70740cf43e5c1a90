//! The Rust side of `wit/worker.wit`, and of `wit/python.wit`.

mod generated {
    wasmtime::component::bindgen!({
        path: ["wit/worker.wit", "wit/python.wit"],
        inline: "
            package qemu-dev:host;
            world everything {
                include qemu-dev:worker/worker@0.1.0;
                include qemu-dev:worker/scheduled-worker@0.1.0;
                include qemu-dev:python/engine@0.1.0;
            }",
        world: "qemu-dev:host/everything",
        imports: {
            "qemu-dev:worker/producer": async | trappable,
            "qemu-dev:python/host.fetch": async | trappable,
            default: trappable,
        },
        exports: { default: async },
    });
}

pub use generated::exports::qemu_dev::python::worker as python_worker;
pub use generated::exports::qemu_dev::worker::{consumer, scheduler};
pub use generated::qemu_dev::python::host as python_host;
pub use generated::qemu_dev::worker::{logging, producer, types, variables};
