using System.Collections.Immutable;
using Siamese.Pipelines;

namespace Siamese.Training.Export;

/// <summary>What an exported file says of itself, and what stands in its graph before and after the network.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Gets the name of the file's input tensor; ML.NET's ApplyOnnxModel takes the column of this name.</summary>
    /// <value>The default is <c>image</c>.</value>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public string InputName { get; init => field = Guard.NotBlank(value); } = "image";

    /// <summary>Gets the name of the file's output tensor; ML.NET's ApplyOnnxModel gives the column of this name.</summary>
    /// <value>The default is <c>embedding</c>.</value>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    public string OutputName { get; init => field = Guard.NotBlank(value); } = "embedding";

    /// <summary>Gets what the graph takes from each input value before the network: one value, or one for each channel.</summary>
    /// <value>The default is 0: the network is given the input as it is.</value>
    /// <exception cref="ArgumentException">There is no value, or one is not finite.</exception>
    public ImmutableArray<float> InputMean { get; init => field = Finite(value, nameof(InputMean)); } = [0f];

    /// <summary>Gets the factor of each input value after the mean was taken: one value, or one for each channel.</summary>
    /// <value>The default is 1. With a mean of 0 and a scale of 1/255 a network trained on [0, 1] takes pixels of [0, 255].</value>
    /// <exception cref="ArgumentException">There is no value, or one is not finite.</exception>
    public ImmutableArray<float> InputScale { get; init => field = Finite(value, nameof(InputScale)); } = [1f];

    /// <summary>Gets whether the graph divides each embedding by its length.</summary>
    /// <value>The default is <see langword="false"/>. An embedding of zeros stays zeros.</value>
    public bool Normalize { get; init; }

    /// <summary>Gets whether a batch normalisation that follows a convolution or linear layer is merged into its weights.</summary>
    /// <value>The default is <see langword="true"/>: fewer nodes, the same numbers but for rounding (computed in double).</value>
    public bool FoldBatchNormalization { get; init; } = true;

    /// <summary>Gets the texts that the file carries about itself (metadata_props).</summary>
    /// <value>The default is none.</value>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    private static ImmutableArray<float> Finite(ImmutableArray<float> values, string name) =>
        values.IsDefaultOrEmpty || !values.All(float.IsFinite)
            ? throw new ArgumentException($"{name} needs one finite value, or one for each channel.", name)
            : values;
}
