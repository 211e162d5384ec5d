// The values are those that were seen where each fault was planted (a thread for each of 16 connections, two cores).
#include "analysis/diagnosis.h"

#include <gtest/gtest.h>

namespace loadstone::analysis {
namespace {

// One client, a service that does next to nothing.
Features low() {
  Features f;
  f.load.concurrency = f.load.clients = f.load.seconds = 1;
  f.load.seconds = 3;
  f.load.completed = 900;
  f.rate = 300;
  f.cores = f.machine_cores = 2;
  f.cpu = 0.05;
  f.cpu_per_request = 0.0002;
  f.threads = 2;
  f.idle = 1.9;
  f.running = 0.1;
  f.connections = 1;
  return f;
}

// Sixteen clients, of which each has a thread; nothing is the matter, and throughput is not what more load would raise.
Features high(double rate = 1000) {
  Features f = low();
  f.load.concurrency = f.load.clients = f.connections = 16;
  f.rate = rate;
  f.load.completed = 3 * rate;
  f.threads = 17;
  f.idle = 16;
  f.running = 1;
  return f;
}

std::string first(const Features& saturated, const Features& before) {
  const Features steps[] = {low(), before, saturated};
  const auto verdict = diagnose(steps);
  EXPECT_FALSE(verdict.ranked.empty());
  EXPECT_GE(verdict.ranked.front().evidence.size(), 1U);
  EXPECT_NE(verdict.ranked.front().experiment, "");
  return verdict.ranked.front().rule;
}
std::string first(const Features& saturated) {
  Features before = saturated;  // half the clients, the same throughput
  before.load.clients = before.load.concurrency = 8;
  return first(saturated, before);
}

TEST(Diagnosis, AHealthyServiceIsNotBlamed) {
  Features before = high(500);
  EXPECT_EQ(first(high(1000), before), "healthy");
  // Whatever it is busy with: as long as more load gives more throughput, it is not what limits.
  Features busy = high(1000);
  busy.locked = 8;
  busy.idle = 8;
  EXPECT_EQ(first(busy, before), "healthy");
}

TEST(Diagnosis, TheGenerator) {
  Features f = high();
  f.load.generator_busy = 0.99;
  f.load.generator_cpu = 0.95;
  f.cpu = 0.05;
  EXPECT_EQ(first(f), "generator_limited");
  // It waits for the CPU that the service uses.
  f.load.generator_cpu = 0.02;
  f.cpu = 1.95;
  f.cpu_wait = 12;
  f.running = 15;
  f.idle = 2;
  EXPECT_EQ(first(f), "cpu_saturated");
}

TEST(Diagnosis, WhoTurnsClientsAway) {
  // Sixteen clients for eleven places: those who are turned away come again at once.
  Features f = high(300);
  f.turned_away = 0.96;
  f.cpu = 0.4;
  f.load.generator_busy = 0.93;
  f.load.generator_cpu = 0.9;
  Features before = high(1880);
  before.load.clients = before.load.concurrency = 8;
  EXPECT_EQ(first(f, before), "connection_limit");
  f.turned_away = 0.05;  // some errors do not explain it
  EXPECT_EQ(first(f, before), "generator_limited");
  f.load.generator_busy = 0.5;
  EXPECT_EQ(first(f, before), "queueing");
}

TEST(Diagnosis, DescriptorsAndAcceptQueue) {
  Features f = high();
  f.descriptor_share = 41.0 / 40;
  f.queue_used = 1;
  f.cpu = 0.01;
  EXPECT_EQ(first(f), "connection_limit");
  Features g = high();
  g.overflows = 1;
  g.syn_retransmits = 1;
  g.load.connect_p99 = 0.965;
  g.cpu = 0;
  EXPECT_EQ(first(g), "accept_backlog");
}

TEST(Diagnosis, Cpu) {
  Features f = high();
  f.cpu = 1.75;
  f.cpu_wait = 13.2;
  f.running = 15;
  f.idle = 2;
  EXPECT_EQ(first(f), "cpu_saturated");
  Features one = high();
  one.cpu = 0.98;
  one.busiest_thread = 0.97;
  EXPECT_EQ(first(one), "single_thread");
  // Hundreds of threads that it wakes take some of its core; at the step before it filled one.
  Features crowded = high(700);
  crowded.cpu = 1.25;
  crowded.busiest_thread = 0.82;
  crowded.locked = 13;
  crowded.idle = 1;
  crowded.running = 3;
  Features filled = crowded;
  filled.load.clients = filled.load.concurrency = 8;
  filled.cpu = 1.07;
  filled.busiest_thread = 1;
  EXPECT_EQ(first(crowded, filled), "single_thread");
  filled.busiest_thread = 0.3;  // a lock that goes from thread to thread
  EXPECT_EQ(first(crowded, filled), "lock_serialization");
  // On a machine that others keep busy it gets half a core; the others wait for it as for a lock.
  Features starved = high();
  starved.cpu = 0.62;
  starved.busiest_thread = 0.5;
  starved.machine_busy = 1;
  starved.locked = 13;
  starved.running = 1.6;
  starved.idle = 2.4;
  EXPECT_EQ(first(starved), "single_thread");
  starved.cpu = 0.355;  // beside four compilers
  starved.busiest_thread = 0.317;
  starved.running = 1.1;
  EXPECT_EQ(first(starved), "single_thread");
  starved.busiest_thread = 0.24;
  EXPECT_EQ(first(starved), "single_thread");
  starved.busiest_thread = 0.09;  // a lock that goes from thread to thread
  EXPECT_EQ(first(starved), "lock_serialization");
  Features waiting = high();  // the one thread of a loop that waits for a disk
  waiting.machine_busy = 1;
  waiting.threads = 2;
  waiting.idle = 1.05;
  waiting.running = 0.34;
  waiting.disk = 0.61;
  waiting.disk_written = 1e9;
  waiting.cpu = 0.275;
  waiting.busiest_thread = 0.292;
  EXPECT_EQ(first(waiting), "io_wait");
  Features stolen = high();
  stolen.cpu = 0.4;
  stolen.machine_busy = 0.99;
  stolen.running = 12;  // ready, and not let
  stolen.idle = 5;
  EXPECT_EQ(first(stolen), "host_contention");
  stolen.cpu = 0.82;  // with loadstone it has nearly two thirds, and wants no more than there is
  stolen.cpu_wait = 1.1;
  stolen.load.generator_cpu = 0.42;
  EXPECT_EQ(first(stolen), "host_contention");
  stolen.cpu = 1.4;  // hardly anything is left for others
  EXPECT_EQ(first(stolen), "cpu_saturated");
  Features quota = high();
  quota.cpu = quota.cores = 0.5;
  quota.throttled = 0.4;
  EXPECT_EQ(first(quota), "cpu_quota");
}

TEST(Diagnosis, WorkThatGrowsWithTheClients) {
  Features before = high(900);
  before.load.clients = before.load.concurrency = 4;
  before.cpu_per_request = 0.0008;
  Features f = high(450);
  f.cpu = 1.8;
  f.cpu_per_request = 0.0032;
  f.running = 8;
  f.idle = 9;
  EXPECT_EQ(first(f, before), "work_grows_with_load");
  f.cpu = 0.53;  // of two cores that others use too
  EXPECT_NE(first(f, before), "work_grows_with_load");
  f.machine_busy = 1;
  EXPECT_EQ(first(f, before), "work_grows_with_load");
}

TEST(Diagnosis, LocksAndPools) {
  Features lock = high();
  lock.locked = 14.8;
  lock.idle = 1.3;
  lock.running = 0.1;
  lock.sleeping = 0.8;
  lock.cpu = 0.03;
  EXPECT_EQ(first(lock), "lock_serialization");
  // The holder computes; those that were just woken are ready, but only one core is used.
  Features computing = high();
  computing.locked = 12;
  computing.idle = 1.8;
  computing.running = 3.2;
  computing.cpu = 0.94;
  computing.cpu_wait = 2.4;
  EXPECT_EQ(first(computing), "lock_serialization");
  // On a machine that others keep busy it is the lock all the same.
  lock.machine_busy = 1;
  EXPECT_EQ(first(lock), "lock_serialization");
  Features pool = high();
  pool.locked = 11.9;
  pool.idle = 1.1;
  pool.running = 0.1;
  pool.sleeping = 3.9;
  pool.cpu = 0.03;
  EXPECT_EQ(first(pool), "pool_limit");
  // Of many threads few are looked at: what was seen of fewer at the same limit says more.
  for (Features* known : {&lock, &pool}) {
    known->full_looks = 20;
    Features crowded = *known;
    crowded.load.clients = crowded.load.concurrency = 64;
    crowded.threads += 48;
    crowded.locked += 48;
    crowded.full_looks = 1;
    crowded.sleeping = known == &lock ? 4 : 0.5;
    EXPECT_EQ(first(crowded, *known), known == &lock ? "lock_serialization" : "pool_limit");
    known->rate /= 2;  // it was not at that limit yet
    EXPECT_NE(first(crowded, *known), known == &lock ? "lock_serialization" : "pool_limit");
  }
  // On a machine that others keep busy those who are woken for their turn are ready, and hardly ever run.
  Features crowd = high(748);
  crowd.load.clients = crowd.load.concurrency = 64;
  crowd.threads = 18;
  crowd.idle = 2.9;
  crowd.running = 9.1;
  crowd.locked = 2.3;
  crowd.sleeping = 3.8;
  crowd.cpu = 0.04;
  crowd.machine_busy = 1;
  EXPECT_EQ(first(crowd), "pool_limit");
  crowd.cpu = 0.9;  // a share of the CPU: that is what it lacks
  crowd.sleeping = 0.1;
  EXPECT_EQ(first(crowd), "host_contention");
  Features downstream = high();
  downstream.receiving = 15;
  downstream.idle = 2;
  downstream.running = 0;
  downstream.cpu = 0.1;
  EXPECT_EQ(first(downstream), "pool_limit");
}

TEST(Diagnosis, DiskConsumersMemory) {
  Features disk = high();
  disk.disk = 2.2;
  disk.idle = 2;
  disk.locked = 3;
  disk.running = 9;
  disk.cpu = 0.3;
  disk.disk_written = 15e6;
  disk.io_pressure = 0.9;
  EXPECT_EQ(first(disk), "io_wait");
  Features loop = disk;  // one thread, which waits as much with one client as with many
  loop.threads = 2;
  loop.idle = 1;
  loop.disk = 0.6;
  loop.running = 0.4;
  loop.locked = 0;
  EXPECT_EQ(first(loop, loop), "io_wait");
  Features consumer = high();
  consumer.sending = 15;
  consumer.idle = 2;
  consumer.stuck_share = 0.5;
  consumer.unsent_bytes = 30e6;
  EXPECT_EQ(first(consumer), "slow_consumer");
  // Four subscribers who do not read, among ever more clients who do.
  Features few = high();
  few.connections = 68;
  few.stuck_share = 4.0 / 68;
  few.unsent_bytes = 11e6;
  Features fewer = few;
  fewer.load.clients = fewer.load.concurrency = 8;
  fewer.connections = 8;
  fewer.stuck_share = 0.5;
  EXPECT_EQ(first(few, fewer), "slow_consumer");
  few.stuck_share = 0;  // they have been dropped
  EXPECT_NE(first(few, fewer), "slow_consumer");
  Features leak = high(1600);
  leak.memory_growth = 6.5e6;
  Features before = high(800);
  before.memory_growth = 3.25e6;
  EXPECT_EQ(first(leak, before), "memory_growth");
  // A heap that is on its way to its size takes less for each request, the more there have been.
  before.memory_growth = 6e6;
  EXPECT_EQ(first(leak, before), "healthy");
  before.memory_growth = 3.25e6;  // not at its end yet, as three steps tell
  Features earlier = low();
  earlier.memory_growth = 7e6;
  const Features steps[] = {earlier, before, leak};
  EXPECT_EQ(diagnose(steps).ranked.front().rule, "healthy");
}

TEST(Diagnosis, OtherProgramsAreTold) {
  Features f = high(1000);
  f.cpu = 0.5;
  f.load.generator_cpu = 0.3;
  f.machine_busy = 0.5;  // of two cores
  const Features steps[] = {low(), f};
  EXPECT_TRUE(diagnose(steps).notes.empty());
  f.machine_busy = 0.9;
  const Features disturbed[] = {low(), f};
  ASSERT_EQ(diagnose(disturbed).notes.size(), 1U);
  EXPECT_NE(diagnose(disturbed).notes[0].find("50 %"), std::string::npos) << diagnose(disturbed).notes[0];
  // And a cause of the service's own comes before them.
  Features disk = high();
  disk.disk = 0.5;
  disk.running = 0.5;
  disk.idle = 16;
  disk.cpu = 0.3;
  disk.disk_written = 15e6;
  disk.machine_busy = 1;
  EXPECT_EQ(first(disk), "io_wait");
}

TEST(Diagnosis, WhatNothingExplains) {
  Features f = high();
  f.idle = 17;
  f.running = 0;
  EXPECT_EQ(first(f), "queueing");
  EXPECT_TRUE(diagnose({}).ranked.empty());
}

TEST(Features, ParkedWorkersAreNotWaitingForALock) {
  result::ServiceSample quiet;  // sixteen workers without work, one thread in a sleep of its own
  quiet.seconds = 1;
  quiet.looks = 10;
  quiet.samples = 180;
  quiet.locked = 160;
  quiet.sleeping = 10;
  quiet.idle = 10;
  StepLoad load;
  // Four requests: twelve of sixteen workers must be without work.
  load.concurrency = 4;
  const Features some = features_of(load, {{quiet}}, quiet);
  EXPECT_DOUBLE_EQ(some.threads, 18);
  EXPECT_DOUBLE_EQ(some.locked, 16);
  EXPECT_DOUBLE_EQ(some.parked, 12);
  EXPECT_DOUBLE_EQ(some.idle, 2);  // the one that sleeps is one of them
  EXPECT_DOUBLE_EQ(some.sleeping, 0);
  EXPECT_DOUBLE_EQ(some.working(), 4);
  // As many requests as workers: none is.
  load.concurrency = 32;
  EXPECT_DOUBLE_EQ(features_of(load, {{quiet}}, quiet).parked, 0);
  // One more that sleeps does so because of the load.
  result::ServiceSample seen = quiet;
  seen.sleeping = 20;
  EXPECT_DOUBLE_EQ(features_of(load, {{seen}}, quiet).sleeping, 1);
  // Who wrote to a disk before does so on its own account.
  quiet.disk = 5;
  seen.disk = 10;
  EXPECT_DOUBLE_EQ(features_of(load, {{seen}}, quiet).disk, 0.5);
}

TEST(Features, OpeningConnectionsIsNoGrowth) {
  result::ServiceSample opening;
  opening.seconds = 1;
  opening.baseline = 1e6;
  opening.memory = 9e6;
  result::ServiceSample next = opening;
  next.seconds = 2;
  next.memory = 9.5e6;
  const result::ServiceSample blocks[] = {opening, next};
  EXPECT_DOUBLE_EQ(features_of({}, blocks, {}).memory_growth, 0.25e6);
  EXPECT_DOUBLE_EQ(features_of({}, {{opening}}, {}).memory_growth, 0);
}

TEST(Features, WhatFailedIsNoThroughput) {
  StepLoad load;
  load.seconds = 2;
  load.completed = 100;
  load.failures = 40;
  load.turned_away = 30;
  const Features f = features_of(load, {}, {});
  EXPECT_DOUBLE_EQ(f.rate, 30);
  EXPECT_DOUBLE_EQ(f.turned_away, 0.3);
}

}  // namespace
}  // namespace loadstone::analysis
