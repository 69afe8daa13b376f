using Siamese.Training.Runs;

namespace Siamese.Training;

/// <summary>A part of a recipe of training: a sampler, a miner, a loss, a reducer, a distance or a schedule.</summary>
/// <remarks>
/// The description of each part is written to the exported network's metadata, and a run is resumed from a checkpoint only if the
/// descriptions of all parts are equal to those in the checkpoint.
/// </remarks>
public abstract class RecipePart
{
    /// <summary>Gets the type and all settings that affect training, as in <c>TripletMarginLoss(Margin=0.3, Reducer=NonZeroMeanReducer)</c>.</summary>
    /// <value>
    /// A text that is equal for parts of equal behavior, in every process and culture, and different otherwise. The default is the name of
    /// the type and the values of all its fields, including private ones, which are read without running code of the part. Collections and
    /// arrays are described by their items, delegates by their method and captured variables, and other objects of .NET's own types by
    /// their type only. Override it if the type has a field that is not a setting, such as a counter or a cache.
    /// </value>
    public virtual string Description => FieldDescription.Of(this);

    /// <summary>Gets the <see cref="Description"/>.</summary>
    /// <returns>The type and the settings.</returns>
    public override string ToString() => Description;
}
