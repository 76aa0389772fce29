FROM python:3.12-slim

# Each run of tests has a user that owns nothing, one of 60736 to 61183, which are nobody's; programs that ask for its
# name find one. It is not 1001, to whom the runner's own files belong.
RUN seq 60736 61183 | sed 's|.*|tests&:x:&:&:tests:/nonexistent:/usr/sbin/nologin|' >> /etc/passwd \
 && seq 60736 61183 | sed 's|.*|tests&:x:&:|' >> /etc/group \
 && apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +

# The engine has an environment of its own; the system's Python is for the suites under repair.
COPY requirements/runtime.txt /opt/self-heal/requirements.txt
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/self-heal \
 && pip --python /opt/self-heal/bin/python install --no-cache-dir --no-compile --require-hashes --only-binary :all: \
      --requirement /opt/self-heal/requirements.txt \
 && awk '/^[a-z]/ { wanted = /^(iniconfig|packaging|pluggy|pygments|pytest|pytest-json-report|pytest-metadata)==/ } wanted' \
      /opt/self-heal/requirements.txt > /tmp/suites.txt \
 && pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /tmp/suites.txt \
 && rm /tmp/suites.txt \
 && /opt/self-heal/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/self-heal/lib

COPY healer /opt/self-heal/lib/python3.12/site-packages/healer
COPY entrypoint.py /opt/self-heal/entrypoint.py
RUN chmod -R u=rwX,go=rX /opt/self-heal/entrypoint.py /opt/self-heal/lib/python3.12/site-packages/healer \
 && /opt/self-heal/bin/python -m compileall -q --invalidation-mode unchecked-hash \
      /opt/self-heal/lib/python3.12/site-packages/healer

ENTRYPOINT ["/opt/self-heal/bin/python", "-I", "-B", "/opt/self-heal/entrypoint.py"]
