using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Siamese.Pipelines.Onnx.Format;

namespace Siamese.Pipelines.Onnx;

/// <summary>Builds an ONNX model of standard operators, node by node: opset 17, IR version 8.</summary>
/// <remarks>
/// Every value, be it an input, a constant or what a node gives, goes by the name that the method adding it returns.
/// Values can only be used after they were added, so the nodes always stand in an order in which they can run.
/// The same calls give the same bytes. The operators themselves are checked by the runtime that loads the model, not here.
/// </remarks>
public sealed class OnnxGraphBuilder
{
    /// <summary>The version of the standard operators that the graph is written in.</summary>
    public const int OperatorSetVersion = 17;

    /// <summary>The version of the file format.</summary>
    public const int IrVersion = 8;

    /// <summary>The name of the first dimension of inputs and outputs: the number of rows in a batch.</summary>
    public const string BatchDimension = "N";

    /// <summary>What files that were built here name as their producer.</summary>
    internal const string Producer = "Siamese.Pipelines";

    /// <summary>What a model that gives one value to look at calls it.</summary>
    internal const string ProbedOutput = "probed";

    private readonly GraphProto _graph;
    private readonly List<GraphOutput> _outputs = [];

    // How each value was made. What a node made may be written under another name than the one that was handed out.
    private readonly Dictionary<string, ValueOrigin> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _nodeNames = new(StringComparer.Ordinal);

    /// <summary>Starts an empty graph.</summary>
    /// <param name="name">The graph's name, which tools show.</param>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public OnnxGraphBuilder(string name) => _graph = new GraphProto { Name = Guard.NotBlank(name, nameof(name)) };

    private enum ValueOrigin
    {
        Input,
        Initializer,
        Node,
    }

    /// <summary>Gets the texts that the file carries about itself (metadata_props), written in ordinal order of their keys.</summary>
    public IDictionary<string, string> Metadata { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Adds a float32 input of any number of rows.</summary>
    /// <param name="name">The input's name.</param>
    /// <param name="shapeAfterBatch">The shape of one row: (C, H, W) makes the input (N, C, H, W), and none makes it (N).</param>
    /// <returns><paramref name="name"/>.</returns>
    /// <exception cref="ArgumentException">The name is blank or taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is less than 1.</exception>
    public string Input(string name, params ReadOnlySpan<long> shapeAfterBatch) =>
        Input(name, OnnxElementType.Float32, shapeAfterBatch);

    /// <summary>Adds an input of any number of rows.</summary>
    /// <param name="name">The input's name.</param>
    /// <param name="elementType">The type of its elements.</param>
    /// <param name="shapeAfterBatch">The shape of one row; none makes the input (N).</param>
    /// <returns><paramref name="name"/>.</returns>
    /// <exception cref="ArgumentException">The name is blank or taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is less than 1.</exception>
    public string Input(string name, OnnxElementType elementType, params ReadOnlySpan<long> shapeAfterBatch)
    {
        Guard.NotBlank(name, nameof(name));
        ValueInfoProto info = BatchOf(name, elementType, shapeAfterBatch, nameof(shapeAfterBatch));
        Claim(name, ValueOrigin.Input);
        _graph.Input.Add(info);
        return name;
    }

    /// <summary>Adds a float32 constant, such as a layer's weights.</summary>
    /// <param name="name">The constant's name.</param>
    /// <param name="values">The values, the last dimension running fastest.</param>
    /// <param name="dimensions">The shape; none makes a scalar.</param>
    /// <returns><paramref name="name"/>.</returns>
    /// <exception cref="ArgumentException">The name is blank or taken, or there are more or fewer values than the shape holds.</exception>
    public string Initializer(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> dimensions)
    {
        TensorProto tensor = TensorOf(name, OnnxElementType.Float32, values, dimensions);
        tensor.RawData = LittleEndian(MemoryMarshal.Cast<float, int>(values));
        return Add(tensor);
    }

    /// <summary>Adds a float32 constant without a copy, for weights of hundreds of megabytes.</summary>
    /// <param name="name">The constant's name.</param>
    /// <param name="littleEndian">The values as the file has them; the graph keeps the array, and nobody may change it.</param>
    /// <param name="dimensions">The shape.</param>
    internal string InitializerOwning(string name, byte[] littleEndian, params ReadOnlySpan<long> dimensions)
    {
        TensorProto tensor = TensorOf<float>(name, OnnxElementType.Float32, MemoryMarshal.Cast<byte, float>(littleEndian), dimensions);
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(littleEndian);
        return Add(tensor);
    }

    /// <summary>Adds an int64 constant, such as the shape that a Reshape takes.</summary>
    /// <param name="name">The constant's name.</param>
    /// <param name="values">The values, the last dimension running fastest.</param>
    /// <param name="dimensions">The shape; none makes a scalar.</param>
    /// <returns><paramref name="name"/>.</returns>
    /// <exception cref="ArgumentException">The name is blank or taken, or there are more or fewer values than the shape holds.</exception>
    public string Initializer(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> dimensions)
    {
        TensorProto tensor = TensorOf(name, OnnxElementType.Int64, values, dimensions);
        tensor.RawData = LittleEndian(values);
        return Add(tensor);
    }

    /// <summary>Adds a float64 constant.</summary>
    /// <param name="name">The constant's name.</param>
    /// <param name="values">The values, the last dimension running fastest.</param>
    /// <param name="dimensions">The shape; none makes a scalar.</param>
    internal string Initializer(string name, ReadOnlySpan<double> values, params ReadOnlySpan<long> dimensions)
    {
        TensorProto tensor = TensorOf(name, OnnxElementType.Float64, values, dimensions);
        tensor.RawData = LittleEndian(MemoryMarshal.Cast<double, long>(values));
        return Add(tensor);
    }

    /// <summary>Adds an input of a graph that a node such as Scan runs: of any shape.</summary>
    internal string BodyInput(string name, OnnxElementType elementType)
    {
        Claim(name, ValueOrigin.Input);
        _graph.Input.Add(ShapelessOf(name, elementType));
        return name;
    }

    /// <summary>Makes a value an output of a graph that a node such as Scan runs.</summary>
    internal void BodyOutput(string valueName, OnnxElementType elementType) =>
        _graph.Output.Add(ShapelessOf(valueName, elementType));

    /// <summary>Lets the nodes of an inner graph take a value of the graph around it.</summary>
    internal string Outer(string name)
    {
        Claim(name, ValueOrigin.Input);
        return name;
    }

    /// <summary>Makes the graph an attribute of a node, such as Scan's body.</summary>
    internal OnnxAttribute AsAttribute(string name) => OnnxAttribute.Graph(name, _graph);

    /// <summary>Adds a node of one output, named after its operator.</summary>
    /// <param name="operatorType">The operator, such as <c>Conv</c>.</param>
    /// <param name="inputs">The values it takes, in the operator's order; an empty name leaves an optional input out.</param>
    /// <param name="attributes">Its constants.</param>
    /// <returns>The name of the value it gives.</returns>
    /// <exception cref="ArgumentException">The operator is blank, an input is no value here, or an attribute stands twice.</exception>
    public string Node(string operatorType, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes) =>
        Nodes(Guard.NotBlank(operatorType, nameof(operatorType)), operatorType, inputs, 1, attributes)[0];

    /// <summary>Adds a node of one output, with a name of its own.</summary>
    /// <param name="name">What to name the node and its output after; a number is appended where the name is taken.</param>
    /// <param name="operatorType">The operator, such as <c>Conv</c>.</param>
    /// <param name="inputs">The values it takes, in the operator's order; an empty name leaves an optional input out.</param>
    /// <param name="attributes">Its constants.</param>
    /// <returns>The name of the value it gives.</returns>
    /// <exception cref="ArgumentException">A name is blank, an input is no value of this graph, or an attribute stands twice.</exception>
    public string Node(
        string name, string operatorType, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes) =>
        Nodes(name, operatorType, inputs, 1, attributes)[0];

    /// <summary>Adds a node of several outputs, such as TopK.</summary>
    /// <param name="name">What to name the node and its outputs after; a number is appended where a name is taken.</param>
    /// <param name="operatorType">The operator.</param>
    /// <param name="inputs">The values it takes, in the operator's order; an empty name leaves an optional input out.</param>
    /// <param name="outputCount">How many values it gives, at least 1.</param>
    /// <param name="attributes">Its constants.</param>
    /// <returns>The names of the values it gives, in the operator's order.</returns>
    /// <exception cref="ArgumentException">A name is blank, an input is no value of this graph, or an attribute stands twice.</exception>
    public IReadOnlyList<string> Nodes(
        string name,
        string operatorType,
        ReadOnlySpan<string> inputs,
        int outputCount,
        params ReadOnlySpan<OnnxAttribute> attributes)
    {
        Guard.NotBlank(name, nameof(name));
        Guard.NotBlank(operatorType, nameof(operatorType));
        Guard.AtLeast(outputCount, 1, nameof(outputCount));
        var node = new NodeProto { OpType = operatorType };
        foreach (string input in inputs)
        {
            if (input is null || (input.Length > 0 && !_values.ContainsKey(input)))
            {
                throw new ArgumentException(
                    $"'{input}' is not a value of the graph '{_graph.Name}', so {operatorType} cannot take it. "
                    + "Add it first, and use the name that was returned.",
                    nameof(inputs));
            }

            node.Input.Add(input);
        }

        foreach (OnnxAttribute attribute in attributes)
        {
            if (attribute is null)
            {
                throw new ArgumentException($"An attribute of {operatorType} is null. Leave it out.", nameof(attributes));
            }

            if (node.Attribute.Any(other => other.Name == attribute.Name))
            {
                throw new ArgumentException($"{operatorType} was given the attribute '{attribute.Name}' twice.", nameof(attributes));
            }

            node.Attribute.Add(attribute.Proto.Clone());
        }

        node.Name = FreeName(name, _nodeNames.Contains);
        _nodeNames.Add(node.Name);
        for (int i = 0; i < outputCount; i++)
        {
            string output = FreeName(name, _values.ContainsKey);
            _values.Add(output, ValueOrigin.Node);
            node.Output.Add(output);
        }

        _graph.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>Makes a value a float32 output of the graph.</summary>
    /// <param name="valueName">The value's name, as it was returned.</param>
    /// <param name="outputName">The name that the written model gives it.</param>
    /// <param name="shapeAfterBatch">The shape of one row; none makes the output (N).</param>
    /// <exception cref="ArgumentException">
    /// There is no such value, or the output's name is blank, or taken by an input, a constant or another output.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is less than 1.</exception>
    public void Output(string valueName, string outputName, params ReadOnlySpan<long> shapeAfterBatch) =>
        Output(valueName, outputName, OnnxElementType.Float32, shapeAfterBatch);

    /// <summary>Makes a value an output of the graph.</summary>
    /// <param name="valueName">The value's name, as it was returned; it stays valid for further nodes.</param>
    /// <param name="outputName">The name that the written model gives it.</param>
    /// <param name="elementType">The type of its elements.</param>
    /// <param name="shapeAfterBatch">The shape of one row; none makes the output (N).</param>
    /// <exception cref="ArgumentException">
    /// There is no such value, or the output's name is blank, or taken by an input, a constant or another output.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is less than 1.</exception>
    public void Output(string valueName, string outputName, OnnxElementType elementType, params ReadOnlySpan<long> shapeAfterBatch)
    {
        ArgumentNullException.ThrowIfNull(valueName);
        if (!_values.ContainsKey(valueName))
        {
            throw new ArgumentException(
                $"'{valueName}' is not a value of the graph '{_graph.Name}'. Use the name that was returned when it was added.",
                nameof(valueName));
        }

        ValueInfoProto info = BatchOf(outputName, elementType, shapeAfterBatch, nameof(shapeAfterBatch));
        ThrowIfTaken(outputName, nameof(outputName));
        _outputs.Add(new GraphOutput(valueName, info));
    }

    /// <summary>Writes the model.</summary>
    /// <returns>The bytes of an ONNX file; the same graph gives the same bytes.</returns>
    /// <exception cref="InvalidOperationException">The graph has no output.</exception>
    public byte[] ToArray() => Model().ToByteArray();

    /// <summary>Writes the model to a file, which is replaced as a whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <exception cref="InvalidOperationException">The graph has no output.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        Guard.NotBlank(path, nameof(path));
        ModelProto model = Model();

        // Straight to the file: a second copy of large weights would be as large again.
        AtomicFile.Write(path, model.WriteTo);
    }

    /// <summary>Tells whether a name is that of a value.</summary>
    internal bool Contains(string name) => _values.ContainsKey(name);

    /// <summary>Writes a model that gives one value, whose shape is not declared, so that it can be looked at.</summary>
    internal byte[] ToArrayGiving(string valueName)
    {
        return ModelOf([new GraphOutput(valueName, new ValueInfoProto { Name = FreeName(ProbedOutput, _values.ContainsKey) })]).ToByteArray();
    }

    private ModelProto Model() =>
        _outputs.Count > 0
            ? ModelOf(_outputs)
            : throw new InvalidOperationException($"The graph '{_graph.Name}' has no output. Name one with {nameof(Output)}.");

    private static ValueInfoProto BatchOf(string name, OnnxElementType elementType, ReadOnlySpan<long> shape, string shapeName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var dimensions = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = BatchDimension } } };
        foreach (long dimension in shape)
        {
            dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = Guard.AtLeast(dimension, 1, shapeName) });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)elementType, Shape = dimensions } },
        };
    }

    private static ValueInfoProto ShapelessOf(string name, OnnxElementType elementType) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)elementType } } };

    private static TensorProto TensorOf<T>(
        string name, OnnxElementType elementType, ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions)
    {
        var tensor = new TensorProto { Name = Guard.NotBlank(name, nameof(name)), DataType = (int)elementType };
        long expected = 1;
        foreach (long dimension in dimensions)
        {
            expected = checked(expected * Guard.AtLeast(dimension, 0, nameof(dimensions)));
            tensor.Dims.Add(dimension);
        }

        return values.Length == expected
            ? tensor
            : throw new ArgumentException(
                $"'{name}' was given {values.Length} values, but its shape ({string.Join(", ", tensor.Dims)}) holds {expected}.",
                nameof(values));
    }

    private static ByteString LittleEndian<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        byte[] data = MemoryMarshal.AsBytes(values).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            int size = data.Length / Math.Max(1, values.Length);
            for (int at = 0; at < data.Length; at += size)
            {
                data.AsSpan(at, size).Reverse();
            }
        }

        return UnsafeByteOperations.UnsafeWrap(data);
    }

    private static string FreeName(string wanted, Func<string, bool> isTaken)
    {
        string name = wanted;
        for (int i = 1; isTaken(name); i++)
        {
            name = $"{wanted}_{i}";
        }

        return name;
    }

    private string Add(TensorProto tensor)
    {
        Claim(tensor.Name, ValueOrigin.Initializer);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private void Claim(string name, ValueOrigin origin)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (_values.ContainsKey(name))
        {
            throw new ArgumentException($"The graph '{_graph.Name}' has a value named '{name}' already.", nameof(name));
        }

        ThrowIfTaken(name, nameof(name));
        _values.Add(name, origin);
    }

    // A node's value steps aside for an output's name when the model is written; an input, a constant or an output cannot.
    private void ThrowIfTaken(string name, string argument)
    {
        string? taker = _values.TryGetValue(name, out ValueOrigin origin) && origin != ValueOrigin.Node
            ? origin == ValueOrigin.Input ? "an input" : "a constant"
            : _outputs.Exists(output => output.Info.Name == name) ? "an output" : null;
        if (taker is not null)
        {
            throw new ArgumentException($"The graph '{_graph.Name}' has {taker} named '{name}' already.", argument);
        }
    }

    private ModelProto ModelOf(IReadOnlyList<GraphOutput> outputs)
    {
        GraphProto graph = _graph.Clone();
        var written = new Dictionary<string, string>(StringComparer.Ordinal);
        var nodeNames = new HashSet<string>(_nodeNames, StringComparer.Ordinal);
        foreach (GraphOutput output in outputs)
        {
            // An input or a constant keeps its name, and so does a value that is an output already: those are copied.
            if (_values[output.Value] != ValueOrigin.Node || !written.TryAdd(output.Value, output.Info.Name))
            {
                string name = FreeName(output.Info.Name, nodeNames.Contains);
                nodeNames.Add(name);
                graph.Node.Add(new NodeProto
                {
                    Name = name,
                    OpType = "Identity",
                    Input = { output.Value },
                    Output = { output.Info.Name },
                });
            }

            graph.Output.Add(output.Info.Clone());
        }

        HashSet<string> outputNames = [.. outputs.Select(output => output.Info.Name)];
        foreach (string value in graph.Output.Select(output => output.Name).Where(_values.ContainsKey).ToList())
        {
            written.TryAdd(value, FreeName(value, name => _values.ContainsKey(name) || outputNames.Contains(name)));
        }

        for (int n = 0; n < graph.Node.Count; n++)
        {
            NodeProto node = graph.Node[n];
            Rename(node.Input, written);

            // The copies that were appended above give output names as they are.
            if (n < _graph.Node.Count)
            {
                Rename(node.Output, written);
            }
        }

        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = Producer,
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSetVersion } },
        };
        model.MetadataProps.AddRange(Metadata.Select(pair => new StringStringEntryProto { Key = pair.Key, Value = pair.Value }));
        return model;
    }

    private static void Rename(RepeatedField<string> names, Dictionary<string, string> written)
    {
        for (int i = 0; i < names.Count; i++)
        {
            names[i] = written.GetValueOrDefault(names[i], names[i]);
        }
    }

    private readonly record struct GraphOutput(string Value, ValueInfoProto Info);
}
