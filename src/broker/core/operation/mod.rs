//! What the core does, one operation in one file.

mod acknowledge;
mod configure;
mod connect;
mod consumer;
mod deliver;
mod expire;
mod finish;
mod pull;
mod purge;
mod queue;
mod retry;
mod send;
mod set_aside;
mod settle;
mod withdraw;
