#!/bin/bash
# setup.sh DIR: a working @tensorflow/tfjs-node 4.22.0 in the empty folder DIR, for tests on machines that do not reach
# the server its install script downloads libtensorflow from. Users just `npm install` it.
# libtensorflow 2.9.1, the version tfjs-node is made for, comes out of TensorFlow's Python wheel, and the addon is built
# from its own source. Needs linux x64, Node 20 with headers, npm, pip, g++, make, unzip, nm; 25 s and 0.9 GB.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: setup.sh DIR" >&2; exit 2; }
dir=$(realpath -m "$1")
mkdir -p "$dir"
[ -z "$(ls -A "$dir")" ] || { echo "setup.sh: $dir is not empty" >&2; exit 2; }
nodedir=${NODEDIR:-$(dirname "$(dirname "$(realpath "$(command -v node)")")")}
[ -f "$nodedir/include/node/common.gypi" ] || { echo "setup.sh: no Node headers in $nodedir/include/node; set NODEDIR" >&2; exit 2; }
cd "$dir"

echo "1/4 npm packages, without the install script"
echo '{ "private": true }' > package.json
npm install --ignore-scripts --no-audit --no-fund --loglevel=error @tensorflow/tfjs-node@4.22.0 @tensorflow/tfjs@4.22.0
addon=$dir/node_modules/@tensorflow/tfjs-node
lib=$addon/deps/lib
mkdir -p "$lib" "$addon/deps/include"

echo "2/4 libtensorflow from the wheel, which is only unpacked: its Python is not needed"
pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 310 --implementation cp \
  --abi cp310 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 --dest . tensorflow-cpu==2.9.1
unzip -q ./*.whl 'tensorflow/include/*' tensorflow/libtensorflow_framework.so.2 tensorflow/python/_pywrap_tensorflow_internal.so
cp -r tensorflow/include/. "$addon/deps/include/"
mv tensorflow/libtensorflow_framework.so.2 tensorflow/python/_pywrap_tensorflow_internal.so "$lib/"
rm -r tensorflow ./*.whl

echo "3/4 the C API is in the Python extension, which wants Python's symbols: stubs that abort if they are ever called"
nm -D --undefined-only "$lib/_pywrap_tensorflow_internal.so" | awk '{ print $2 }' | sed 's/@.*//' | grep -E '^_?Py' | sort -u |
  awk 'BEGIN { print "#include <stdio.h>\n#include <stdlib.h>" }
    /^Py_IsInitialized$/ { print "int Py_IsInitialized(void) { return 0; }"; next }
    /^PyExc_|_Type$|Struct$|^Py_.*Flag$|^_PyRuntime$/ { print "char " $0 "[4096] __attribute__((aligned(64)));"; next }
    { print "void " $0 "(void) { fputs(\"python stub called: " $0 "\\n\", stderr); abort(); }" }' > "$lib/pystub.c"
gcc -w -shared -fPIC -o "$lib/libpystub.so" "$lib/pystub.c" -Wl,-soname,libpystub.so
ln -s libtensorflow_framework.so.2 "$lib/libtensorflow_framework.so"
echo 'INPUT( -l:libpystub.so -l:_pywrap_tensorflow_internal.so )' > "$lib/libtensorflow.so" # a linker script

echo "4/4 the addon"
(cd "$addon" && npm_config_nodedir=$nodedir LDFLAGS=-Wl,--no-as-needed \
  "$dir/node_modules/.bin/node-pre-gyp" install --build-from-source) > build.log 2>&1 || { tail -40 build.log >&2; exit 1; }

# conv2d of ones, 'same': 4 values a corner, 6 an edge, 9 inside, times 2 channels
TF_CPP_MIN_LOG_LEVEL=2 node -e "
  const tf = require('@tensorflow/tfjs-node');
  const sums = tf.conv2d(tf.ones([1, 3, 3, 2]), tf.ones([3, 3, 2, 1]), 1, 'same').dataSync().join();
  console.log(tf.getBackend(), tf.backend().binding.TF_Version, sums);
  process.exit(tf.getBackend() === 'tensorflow' && sums === '8,12,8,12,18,12,8,12,8' ? 0 : 1);"
