//! The JavaScript half of the runtime: what a Worker finds in its global scope.
//!
//! The files are ES modules, evaluated once when the engine is made (see [`super::engine`]); every
//! isolate starts from that state. `main.js` is the entry and names what each file is for.

/// One file of the prelude.
pub struct PreludeFile {
    /// Its name, as the others import it.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The module that is evaluated; it imports the others.
pub const ENTRY: &str = "main.js";
/// The same for the engine of a session.
pub const SESSION_ENTRY: &str = "session.js";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        /// Every file of the prelude.
        pub const FILES: &[PreludeFile] = &[
            $(PreludeFile { name: $name, text: include_str!($name) }),*
        ];
    };
}

files![
    "abort.js",
    "async_context.js",
    "blob.js",
    "body.js",
    "body_init.js",
    "cache.js",
    "cloudflare_modules.js",
    "code_from_strings.js",
    "compatibility.js",
    "compression.js",
    "console.js",
    "console_format.js",
    "console_table.js",
    "crypto.js",
    "crypto_compare.js",
    "crypto_digest.js",
    "crypto_host.js",
    "crypto_jwk.js",
    "crypto_key.js",
    "crypto_pair_keys.js",
    "crypto_parameters.js",
    "crypto_secret_keys.js",
    "crypto_subtle.js",
    "date_texts.js",
    "delays.js",
    "encoding.js",
    "encoding_streams.js",
    "environment.js",
    "error_stacks.js",
    "errors.js",
    "event_kinds.js",
    "events.js",
    "execution_context.js",
    "fetch.js",
    "form_data.js",
    "global_scope.js",
    "globals.js",
    "handlers.js",
    "headers.js",
    "heap.js",
    "host.js",
    "host_streams.js",
    "host_transform.js",
    "identity_streams.js",
    "inspect.js",
    "inspect_buffers.js",
    "inspect_kinds.js",
    "inspect_layout.js",
    "inspect_names.js",
    "inspect_shape.js",
    "inspect_text.js",
    "intl.js",
    "intl_collator.js",
    "intl_date_time_format.js",
    "intl_digits.js",
    "intl_display_names.js",
    "intl_host.js",
    "intl_list_format.js",
    "intl_locale.js",
    "intl_locales.js",
    "intl_number_format.js",
    "intl_options.js",
    "intl_plural_rules.js",
    "intl_relative_time_format.js",
    "intl_segmenter.js",
    "invocation.js",
    "invocations.js",
    "main.js",
    "message_batch.js",
    "message_channel.js",
    "node_absent.js",
    "node_assert.js",
    "node_assert_strict.js",
    "node_assertion_error.js",
    "node_async_hooks.js",
    "node_buffer.js",
    "node_buffer_encodings.js",
    "node_buffer_numbers.js",
    "node_buffer_search.js",
    "node_crypto.js",
    "node_crypto_agree.js",
    "node_crypto_cipher.js",
    "node_crypto_constants.js",
    "node_crypto_curves.js",
    "node_crypto_derive.js",
    "node_crypto_generate.js",
    "node_crypto_hash.js",
    "node_crypto_host.js",
    "node_crypto_key_input.js",
    "node_crypto_key_object.js",
    "node_crypto_pem.js",
    "node_crypto_random.js",
    "node_crypto_rsa.js",
    "node_crypto_sign.js",
    "node_deep_equal.js",
    "node_diagnostics_channel.js",
    "node_environment.js",
    "node_errors.js",
    "node_events.js",
    "node_events_iterator.js",
    "node_modules.js",
    "node_next_tick.js",
    "node_path.js",
    "node_perf_hooks.js",
    "node_process.js",
    "node_querystring.js",
    "node_stream.js",
    "node_stream_buffer.js",
    "node_stream_consumers.js",
    "node_stream_destroy.js",
    "node_stream_duplex.js",
    "node_stream_finished.js",
    "node_stream_from.js",
    "node_stream_legacy.js",
    "node_stream_pipe.js",
    "node_stream_pipeline.js",
    "node_stream_promises.js",
    "node_stream_readable.js",
    "node_stream_web.js",
    "node_stream_web_adapters.js",
    "node_stream_writable.js",
    "node_string_decoder.js",
    "node_timers.js",
    "node_timers_promises.js",
    "node_url.js",
    "node_url_legacy.js",
    "node_util.js",
    "node_util_types.js",
    "node_zlib.js",
    "node_zlib_codec.js",
    "node_zlib_constants.js",
    "node_zlib_options.js",
    "operations.js",
    "performance.js",
    "performance_entries.js",
    "performance_observer.js",
    "performance_timeline.js",
    "platform.js",
    "primordials.js",
    "promises.js",
    "queue.js",
    "queuing.js",
    "random.js",
    "readable_byte_controller.js",
    "readable_byte_stream.js",
    "readable_default_controller.js",
    "readable_pipe.js",
    "readable_readers.js",
    "readable_state.js",
    "readable_stream.js",
    "readable_tee.js",
    "request.js",
    "request_cf.js",
    "response.js",
    "rpc_calls.js",
    "rpc_values.js",
    "scope_classes.js",
    "service_binding.js",
    "session.js",
    "structured.js",
    "structured_decode.js",
    "structured_encode.js",
    "timers.js",
    "transform_state.js",
    "transform_stream.js",
    "url.js",
    "url_search_params.js",
    "urlpattern.js",
    "urlpattern_component.js",
    "urlpattern_constructor.js",
    "urlpattern_tokens.js",
    "utf8.js",
    "wasm.js",
    "wasm_calls.js",
    "wasm_copies.js",
    "wasm_errors.js",
    "wasm_functions.js",
    "wasm_instance.js",
    "wasm_module.js",
    "wasm_objects.js",
    "wasm_references.js",
    "wasm_values.js",
    "web.js",
    "web_socket.js",
    "web_socket_arguments.js",
    "web_socket_host.js",
    "web_socket_pair.js",
    "webidl.js",
    "worker_classes.js",
    "worker_events.js",
    "world.js",
    "world_bodies.js",
    "world_incoming.js",
    "world_loop.js",
    "world_queues.js",
    "world_requests.js",
    "world_turn.js",
    "world_values.js",
    "writable_controller.js",
    "writable_state.js",
    "writable_stream.js",
];

/// The text of the file called `name`.
pub fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|file| file.name == name).map(|file| file.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_listed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/runtime/prelude");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(".js"))
            .collect();
        names.sort();
        let listed: Vec<_> = FILES.iter().map(|file| file.name).collect();
        assert_eq!(listed, names);
    }
}
