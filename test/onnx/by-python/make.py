"""Writes the .onnx files of this folder with Python's onnx package (1.23.2): python make.py

model.onnx holds what decodeModel reads, in every way in which onnx writes it; each of the others holds one thing
that it refuses, and is named for it.
"""
import os

import numpy
from onnx import TensorProto as T, TypeProto, ValueInfoProto, helper, numpy_helper, save

folder = os.path.dirname(os.path.abspath(__file__))


def write(name, nodes=(), inputs=(), initializers=(), sparse=(), **options):
    outputs = [helper.make_tensor_value_info('y', T.FLOAT, [])]
    graph = helper.make_graph(nodes, 'graph', inputs, outputs, initializers, sparse_initializer=sparse)
    options.setdefault('opset_imports', [helper.make_opsetid('', 21)])
    model = helper.make_model(graph, producer_name='python', ir_version=10, **options)
    if name == 'model':
        helper.set_model_props(model, {'key': 'väl☃ue'})
    save(model, os.path.join(folder, f'{name}.onnx'))


attributes = dict(
    int=-3, big=2**40, huge=2**63 - 1, zero=0, float=0.5, nan=float('nan'), string='å☃', ints=[1, 0, -(2**40)],
    floats=[0.5, -0.0], strings=['a', 'longer than twelve'], tensor=helper.make_tensor('t', T.INT32, [], [-7]),
)  # fmt: skip
unknown_rank = ValueInfoProto(name='r', type=TypeProto(tensor_type=TypeProto.Tensor(elem_type=T.FLOAT16)))
values = [  # written to the field of their type
    ('float', T.FLOAT, [1.5, -0.0, float('inf'), float('nan')]),
    ('double', T.DOUBLE, [0.1, -7.0]),
    ('half', T.FLOAT16, [1.0, -2.0]),
    ('int8', T.INT8, [-128, 127]),
    ('uint8', T.UINT8, [0, 255]),
    ('int16', T.INT16, [-32768, 5]),
    ('uint16', T.UINT16, [65535]),
    ('int32', T.INT32, [-(2**31), 7]),
    ('uint32', T.UINT32, [2**32 - 1, 1]),
    ('int64', T.INT64, [2**63 - 1, -(2**63), 2**53 + 1, -1, 0]),
    ('uint64', T.UINT64, [2**64 - 1, 2**53 + 1, 0]),
    ('bool', T.BOOL, [True, False]),
    ('string', T.STRING, ['', 'ä']),
]
write(
    'model',
    [
        helper.make_node('Op', ['x', '', 'float'], ['y', 'z'], name='n', domain='com.microsoft', **attributes),
        helper.make_node('Relu', ['x'], ['w']),
    ],
    [helper.make_tensor_value_info('x', T.FLOAT, ['batch', None, 0, 3]), unknown_rank],
    [helper.make_tensor(name, type, [len(data)], data) for name, type, data in values]
    + [
        numpy_helper.from_array(numpy.array([[1, 2, 3], [4, 5, -6]], 'int64'), 'raw'),
        numpy_helper.from_array(numpy.array(2.5, 'float32'), 'scalar'),
        numpy_helper.from_array(numpy.zeros([2, 0], 'float32'), 'empty'),
        helper.make_tensor('no field', T.INT64, [0], []),
    ],
    opset_imports=[helper.make_opsetid('', 21), helper.make_opsetid('com.microsoft', 1)],
)

one = helper.make_tensor('v', T.FLOAT, [1], [1.0])
write('sparse', sparse=[helper.make_sparse_tensor(one, helper.make_tensor('i', T.INT64, [1], [2]), [5])])
external = numpy_helper.from_array(numpy.ones(1, 'float32'), 'x')
external.ClearField('raw_data')
external.data_location = T.EXTERNAL
external.external_data.add(key='location', value='weights.bin')
write('external', initializers=[external])
body = [helper.make_node('Relu', ['a'], ['b'])]
write('functions', functions=[helper.make_function('d', 'F', ['a'], ['b'], body, [helper.make_opsetid('', 21)])])
subgraph = helper.make_graph([], 'inner', [], [])
write('subgraph', [helper.make_node('If', ['c'], ['y'], name='if', then_branch=subgraph, else_branch=subgraph)])
write('sequence', inputs=[helper.make_tensor_sequence_value_info('s', T.FLOAT, None)])
write('bfloat16', initializers=[helper.make_tensor('b', T.BFLOAT16, [1], [1.0])])
