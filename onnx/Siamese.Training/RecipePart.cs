using Siamese.Training.Runs;

namespace Siamese.Training;

/// <summary>A part of a recipe of training: a sampler, a miner, a loss, a reducer, a distance or a schedule.</summary>
/// <remarks>
/// A part describes itself: the description stands in the exported network's metadata, and a checkpoint goes on only with parts whose
/// descriptions are those that it was made with.
/// </remarks>
public abstract class RecipePart
{
    /// <summary>Gets the type and all settings that decide what the part does, as in <c>TripletMarginLoss(Margin=0.3, Reducer=NonZeroMeanReducer)</c>.</summary>
    /// <value>
    /// Equal for parts that do the same, in every process and culture, and different for parts that do not. The default is the type's
    /// name and the values of all its fields, private ones included; no code of the part is run for it. Values of .NET's own types that
    /// are neither simple nor collections are described by their type alone, a delegate by its method and by what it closes over.
    /// Override it where a field is not a setting, such as a counter or a cache.
    /// </value>
    public virtual string Description => FieldDescription.Of(this);

    /// <summary>Gets the <see cref="Description"/>.</summary>
    /// <returns>The type and the settings.</returns>
    public override string ToString() => Description;
}
