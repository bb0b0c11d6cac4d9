-- The desk's tables as version 1 made them.
CREATE TABLE accounts (
  customer VARCHAR(40) NOT NULL,
  company TEXT NOT NULL,
  street TEXT NOT NULL,
  postcode TEXT NOT NULL,
  city TEXT NOT NULL,
  person TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  uid TEXT,
  PRIMARY KEY (customer)
);
CREATE TABLE applied (
  customer VARCHAR(40) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  key VARCHAR(120) NOT NULL,
  hashes JSON NOT NULL,
  PRIMARY KEY (customer, kind, key)
);
CREATE TABLE audit (
  id SERIAL NOT NULL,
  customer VARCHAR(40),
  at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_audit_customer ON audit (customer);
CREATE TABLE calls (
  key VARCHAR(200) NOT NULL,
  call TEXT NOT NULL,
  outcome JSON NOT NULL,
  day DATE NOT NULL,
  PRIMARY KEY (key)
);
CREATE INDEX ix_calls_day ON calls (day);
CREATE TABLE desk (
  id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  submissions INTEGER NOT NULL,
  PRIMARY KEY (id)
);
CREATE TABLE intervals (
  id SERIAL NOT NULL,
  customer VARCHAR(40) NOT NULL,
  item VARCHAR(120) NOT NULL,
  slot INTEGER NOT NULL,
  product VARCHAR(40) NOT NULL,
  once BOOLEAN NOT NULL,
  starts DATE NOT NULL,
  ends DATE,
  PRIMARY KEY (id),
  UNIQUE (customer, item, slot)
);
CREATE INDEX ix_intervals_customer ON intervals (customer);
CREATE INDEX ix_intervals_starts ON intervals (starts);
CREATE TABLE leases (
  customer VARCHAR(40) NOT NULL,
  holder VARCHAR(200) NOT NULL,
  until TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  PRIMARY KEY (customer)
);
CREATE TABLE numbers (
  id SERIAL NOT NULL,
  customer VARCHAR(40) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  key VARCHAR(80) NOT NULL,
  slot INTEGER NOT NULL,
  pool VARCHAR(16) NOT NULL,
  digits VARCHAR(10) NOT NULL,
  head VARCHAR(7) NOT NULL,
  size INTEGER NOT NULL,
  area VARCHAR(3) NOT NULL,
  porting VARCHAR(40),
  until DATE,
  PRIMARY KEY (id),
  UNIQUE (customer, kind, key, slot),
  UNIQUE (digits)
);
CREATE INDEX ix_numbers_customer ON numbers (customer);
CREATE INDEX ix_numbers_head ON numbers (head);
CREATE TABLE orders (
  id SERIAL NOT NULL,
  customer VARCHAR(40) NOT NULL,
  key VARCHAR(80) NOT NULL,
  porting VARCHAR(40) NOT NULL,
  part INTEGER NOT NULL,
  provider TEXT NOT NULL,
  scope VARCHAR(16) NOT NULL,
  port_date DATE,
  time VARCHAR(5) NOT NULL,
  authority VARCHAR(16) NOT NULL,
  signatories JSON NOT NULL,
  numbers JSON NOT NULL,
  blocks JSON NOT NULL,
  poa VARCHAR(64),
  company TEXT NOT NULL,
  uid TEXT,
  state VARCHAR(20) NOT NULL,
  granted DATE,
  asked DATE,
  attempt INTEGER NOT NULL,
  remote_id VARCHAR(80),
  donor_code TEXT,
  reason VARCHAR(32),
  completed_on DATE,
  PRIMARY KEY (id),
  UNIQUE (customer, key)
);
CREATE INDEX ix_orders_customer ON orders (customer);
CREATE TABLE releases (
  customer VARCHAR(40) NOT NULL,
  manifest VARCHAR(64) NOT NULL,
  reseller VARCHAR(40) NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (customer)
);
CREATE TABLE runs (
  run VARCHAR(32) NOT NULL,
  customer VARCHAR(40) NOT NULL,
  started TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  ended TIMESTAMP WITHOUT TIME ZONE,
  who TEXT NOT NULL,
  manifest VARCHAR(64) NOT NULL,
  steps JSON NOT NULL,
  PRIMARY KEY (run)
);
CREATE INDEX ix_runs_customer ON runs (customer);
CREATE INDEX ix_runs_started ON runs (started);
CREATE TABLE intents (
  id SERIAL NOT NULL,
  run VARCHAR(32) NOT NULL,
  step VARCHAR(200) NOT NULL,
  key VARCHAR(200) NOT NULL,
  begun TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  settled TIMESTAMP WITHOUT TIME ZONE,
  outcome VARCHAR(16),
  detail TEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (run, step, key),
  FOREIGN KEY(run) REFERENCES runs (run)
);
CREATE INDEX ix_intents_run ON intents (run);
CREATE TABLE order_numbers (
  order_id INTEGER NOT NULL,
  digits VARCHAR(10) NOT NULL,
  head VARCHAR(7) NOT NULL,
  PRIMARY KEY (order_id, digits),
  FOREIGN KEY(order_id) REFERENCES orders (id)
);
CREATE INDEX ix_order_numbers_head ON order_numbers (head);
INSERT INTO desk (id, version, submissions) VALUES (1, 1, 7);
INSERT INTO applied VALUES ('schmiedeisen', 'tenant', 'tenant', '{"name": "00"}');
INSERT INTO applied VALUES ('schmiedeisen', 'route', 'stock:n0', '{"target": "01", "caller": "02"}');
INSERT INTO applied VALUES ('cafe-sonne', 'tenant', 'tenant', '5');
