namespace Siamese.Pipelines.Onnx;

/// <summary>A graph and the columns at its ends: all that one transformer is.</summary>
/// <param name="Graph">The bytes of an ONNX file whose first dimension is the batch's: free, or fixed at the rows that one run takes.</param>
/// <param name="Inputs">Every input of the graph.</param>
/// <param name="Outputs">The outputs that become columns.</param>
internal sealed record OnnxStep(byte[] Graph, OnnxColumn[] Inputs, OnnxColumn[] Outputs)
{
    /// <summary>Gets the values of one row of all inputs.</summary>
    public int RowLength { get; } = Inputs.Sum(input => input.Length);

    /// <summary>Gets whether the graph was written here so that no row changes what another gets. Any other graph is tried.</summary>
    public bool KeepsRowsApart { get; init; }

    /// <summary>
    /// Gets the graph for ML.NET's own steps, which cannot read an image as this library does: it takes R, G, B planes of [0, 255].
    /// Null where no input is an image.
    /// </summary>
    public Func<byte[]>? GraphForPlanes { get; init; }
}
