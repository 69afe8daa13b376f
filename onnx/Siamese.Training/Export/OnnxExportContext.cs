using Siamese.Pipelines;
using Siamese.Pipelines.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Training.Export;

/// <summary>The graph of an export under way, seen from one module: what is added through it is named by the module's path.</summary>
public sealed class OnnxExportContext
{
    private readonly ExportGraph _graph;

    internal OnnxExportContext(ExportGraph graph, string path)
    {
        _graph = graph;
        Path = path;
    }

    /// <summary>Gets where the module stands in the network, such as <c>stage2.body.conv1</c>; empty for the network itself.</summary>
    /// <value>The names of the modules above it and its own, as the network's state dictionary has them.</value>
    public string Path { get; }

    internal bool FoldsBatchNormalization => _graph.FoldsBatchNormalization;

    /// <summary>Adds a module that stands inside this one.</summary>
    /// <param name="name">Its name, best the one it is registered under.</param>
    /// <param name="module">
    /// One of TorchSharp's layers that <see cref="OnnxExporter"/> knows, a <c>Sequential</c>, or an <see cref="IOnnxExportable"/>.
    /// </param>
    /// <param name="input">The name of the value that it takes.</param>
    /// <returns>The name of the value that it gives.</returns>
    /// <exception cref="NotSupportedException">The module cannot be exported; the message says where it stands and why.</exception>
    /// <exception cref="ArgumentException">
    /// The name is blank, or the module does not take the shape that the value has.
    /// </exception>
    public string Export(string name, nn.Module<Tensor, Tensor> module, string input)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Inside(Guard.NotBlank(name, nameof(name))).Export(module, input);
    }

    /// <summary>Adds a node of one output.</summary>
    /// <param name="operatorType">The operator, such as <c>Add</c>, of the standard operators of opset 17.</param>
    /// <param name="inputs">The values it takes, in the operator's order; an empty name leaves an optional input out.</param>
    /// <param name="attributes">Its constants.</param>
    /// <returns>The name of the value it gives.</returns>
    /// <exception cref="ArgumentException">The operator is blank, or an input is no value of the graph.</exception>
    public string Node(string operatorType, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        string output = _graph.Builder.Node(Named(operatorType), operatorType, inputs, attributes);
        _graph.NoteShapeOfNode(operatorType, inputs, output);
        return output;
    }

    /// <summary>Adds a constant, such as a parameter of the module.</summary>
    /// <param name="name">Its name within the module; a number is appended where it is taken.</param>
    /// <param name="values">Of any shape, on any device: int64 is written as such, all other types as float32.</param>
    /// <returns>The constant's name.</returns>
    public string Initializer(string name, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.dtype == ScalarType.Int64
            ? Initializer(name, values.ToArray<long>(), values.shape)
            : Initializer(name, values.ToArray<float>(), values.shape);
    }

    /// <summary>Adds a float32 constant.</summary>
    /// <param name="name">Its name within the module; a number is appended where it is taken.</param>
    /// <param name="values">The values, the last dimension running fastest.</param>
    /// <param name="dimensions">The shape; none makes a scalar.</param>
    /// <returns>The constant's name.</returns>
    /// <exception cref="ArgumentException">There are more or fewer values than the shape holds.</exception>
    public string Initializer(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> dimensions) =>
        _graph.Builder.Initializer(_graph.FreeName(Named(name)), values, dimensions);

    /// <summary>Adds an int64 constant.</summary>
    /// <param name="name">Its name within the module; a number is appended where it is taken.</param>
    /// <param name="values">The values, the last dimension running fastest.</param>
    /// <param name="dimensions">The shape; none makes a scalar.</param>
    /// <returns>The constant's name.</returns>
    /// <exception cref="ArgumentException">There are more or fewer values than the shape holds.</exception>
    public string Initializer(string name, ReadOnlySpan<long> values, params ReadOnlySpan<long> dimensions) =>
        _graph.Builder.Initializer(_graph.FreeName(Named(name)), values, dimensions);

    /// <summary>Gets the shape that a value has when the network is given a batch of one row.</summary>
    /// <param name="value">The name of a value that the network's input leads to.</param>
    /// <returns>(1, ...).</returns>
    /// <exception cref="ArgumentException">There is no such value.</exception>
    /// <exception cref="InvalidOperationException">ONNX Runtime refuses the nodes that lead to the value.</exception>
    public IReadOnlyList<long> ShapeOf(string value) => _graph.ShapeOf(value);

    internal OnnxExportContext Inside(string name) => new(_graph, Named(name));

    internal string Export(nn.Module<Tensor, Tensor> module, string input)
    {
        switch (module)
        {
            case IOnnxExportable exportable:
                return Checked(exportable.Export(this, input), module);
            case Sequential sequence when LayerExport.RunsItsChildrenInOrder(sequence):
                return LayerExport.Sequence(this, sequence, input);
            default:
                return Layer(module, input, () => LayerExport.Layer(this, module, input));
        }
    }

    /// <summary>Names a module in a message by its place and type.</summary>
    internal string Describe(nn.Module module) =>
        Path.Length > 0 ? $"Module '{Path}' of type {module.GetType().FullName}" : $"The network of type {module.GetType().FullName}";

    /// <summary>Adds a layer by <paramref name="write"/>, and notes the shape that it gives.</summary>
    internal string Layer(nn.Module<Tensor, Tensor> layer, string input, Func<string> write)
    {
        // First, so that a layer which does not take what reaches it is told as that, whatever its writing would stumble over.
        long[] shape = _graph.ShapeAfter(layer, input, Describe(layer));
        string output = write();
        _graph.SetShape(output, shape);
        return output;
    }

    private string Checked(string output, nn.Module module) =>
        _graph.Builder.Contains(output)
            ? output
            : throw new InvalidOperationException(
                $"{Describe(module)} says that it gives '{output}', which is no value of the graph. "
                + $"Return what {nameof(Node)} or {nameof(Export)} returned.");

    private string Named(string name) => Path.Length > 0 ? $"{Path}.{name}" : name;
}
