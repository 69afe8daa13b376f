namespace Siamese.Pipelines.Projection;

/// <summary>A cell of a <see cref="RepulsionTree"/>: neighbouring points, and what they are from afar.</summary>
internal readonly struct Cell
{
    /// <summary>Gets the centre of mass.</summary>
    public required float X { get; init; }

    /// <inheritdoc cref="X"/>
    public required float Y { get; init; }

    /// <summary>Gets a distance from the centre of mass that no point exceeds.</summary>
    public required float Radius { get; init; }

    /// <summary>Gets the number of points, as the factor that it is.</summary>
    public required float Mass { get; init; }

    /// <summary>Gets the second moments about the centre of mass.</summary>
    public required float Xx { get; init; }

    /// <inheritdoc cref="Xx"/>
    public required float Xy { get; init; }

    /// <inheritdoc cref="Xx"/>
    public required float Yy { get; init; }

    /// <summary>Gets the first point in the order of the tree.</summary>
    public required int First { get; init; }

    /// <summary>Gets the number of points.</summary>
    public required int Count { get; init; }

    /// <summary>Gets the cell behind this one and all its parts.</summary>
    public required int Next { get; init; }

    /// <summary>Gets a value indicating whether the cell has no parts.</summary>
    public required bool IsLeaf { get; init; }
}
